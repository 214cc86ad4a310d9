"""The desk's tables and queries."""
