"""What the desk is about: people, and what is said with them."""
