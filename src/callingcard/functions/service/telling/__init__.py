"""What happens by itself, and who is told when it fails."""
