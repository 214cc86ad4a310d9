"""Vouching for a visitor to a chat platform."""
