"""Contacts, in tables."""
