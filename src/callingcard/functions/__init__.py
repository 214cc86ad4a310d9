"""Customers' small Python functions: deployed, run behind a wall, and looked after."""
