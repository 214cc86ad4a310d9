"""Functions ready to be used, which ship with the product."""
