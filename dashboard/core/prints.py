"""The print of a visitor: a small symmetric stamp drawn from its id.

People see at once that two rows wear the same print, and cannot compare twenty letters down a column. Two visitors may
share one (there are 32,768), so it never stands without the id.
"""

from hashlib import sha256

CELL = 3
INK = 2.6  # a cell is inked for 2.6 of its 3 units; the rest is paper between the cells
COLUMNS = 5
SIDE = CELL * COLUMNS


def cells(visitor_id: str) -> list[tuple[int, int]]:
    """The inked cells as (column, row), from 15 bits of the id's SHA-256: three columns, mirrored to five."""
    digest = sha256(visitor_id.encode("utf-8", "surrogatepass")).digest()
    bits = int.from_bytes(digest[:2], "big") >> 1
    inked = []
    for place in range(15):
        if bits >> place & 1:
            row, column = divmod(place, 3)
            inked.append((column, row))
            if column < 2:
                inked.append((COLUMNS - 1 - column, row))
    return sorted(inked) or [(2, 2)]  # an id that hashes to nothing still leaves a dot


def path(visitor_id: str) -> str:
    """The print as one SVG path in a square of SIDE units."""
    return "".join(f"M{column * CELL} {row * CELL}h{INK}v{INK}h-{INK}z" for column, row in cells(visitor_id))
