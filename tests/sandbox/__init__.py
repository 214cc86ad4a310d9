"""Hostile functions, and what becomes of them."""
