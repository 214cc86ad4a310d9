"""Functions and their versions: what was deployed, what counts now, what is being written."""
