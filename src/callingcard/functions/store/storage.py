"""What functions remember, and the leases on it."""
