"""Other programs: run once, or kept at hand to be asked."""
