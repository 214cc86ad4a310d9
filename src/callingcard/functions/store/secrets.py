"""Sealed secrets, and the keys that they are sealed with."""
