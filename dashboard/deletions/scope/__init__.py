"""What one request covers, and until when: choosing visitors for an account, changing the scope, the legal clock."""
