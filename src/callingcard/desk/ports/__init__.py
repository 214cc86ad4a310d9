"""What the desk needs from the rest of the house."""
