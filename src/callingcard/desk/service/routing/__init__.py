"""Sending conversations to teams, and giving them to agents."""
