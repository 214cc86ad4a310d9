"""Inboxes and sessions, in tables."""
