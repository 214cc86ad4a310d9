"""Conversations, and who follows them."""
