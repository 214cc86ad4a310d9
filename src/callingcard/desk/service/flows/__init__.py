"""Chatflows: keeping them, imagining them, and talking."""
