"""What people do on and about a visitor, one module each: notes, hand-overs, links, related visitors."""
