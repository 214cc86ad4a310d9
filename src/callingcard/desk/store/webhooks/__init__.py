"""Webhooks, in tables."""
