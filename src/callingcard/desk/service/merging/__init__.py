"""Two contacts made one, and two again."""
