"""Connectors as they were set up, with the document they were made of."""
