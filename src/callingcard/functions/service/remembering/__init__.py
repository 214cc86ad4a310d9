"""What is kept sealed: secrets, and what functions remember."""
