"""What functions keep, one noun a file; schema knows every table."""
