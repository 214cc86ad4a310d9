"""One schema history for all contexts."""
