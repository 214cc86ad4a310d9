"""Functions called over HTTP, and their runs looked at."""
