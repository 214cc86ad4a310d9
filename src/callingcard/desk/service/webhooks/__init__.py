"""Webhooks: who is told what, signed, again and again until it arrives."""
