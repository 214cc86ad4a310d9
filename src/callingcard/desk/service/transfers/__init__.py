"""Contacts in and out, many at once."""
