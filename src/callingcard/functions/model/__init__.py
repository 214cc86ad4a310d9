"""What functions are about: their manifest, their versions, their runs."""
