"""Chatflows in the database."""
