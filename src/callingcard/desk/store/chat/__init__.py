"""Conversations and their logs, in tables."""
