"""From a call to its answer, and what is kept of it."""
