"""Which agent takes a conversation: arithmetic over what it is told, and nothing else."""
