"""Merges, in a table."""
