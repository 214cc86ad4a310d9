"""Contacts as agents and programs of our own API see them."""
