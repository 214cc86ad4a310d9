"""Routing over HTTP: its documents, and its routes."""
