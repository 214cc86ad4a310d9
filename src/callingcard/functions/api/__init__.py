"""Functions over HTTP: calling them, and looking after them."""
