"""What functions need from the rest of the house, one ability a file."""
