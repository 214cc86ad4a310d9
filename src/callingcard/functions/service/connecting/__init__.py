"""Connectors: set up, checked, called, and kept up with what they connect to."""
