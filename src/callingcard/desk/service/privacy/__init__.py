"""Who looked, who is forgotten, and how long things are kept."""
