"""What the desk does: one noun a file."""
