"""Opens the desk; one file a room of it."""
