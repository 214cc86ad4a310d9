"""The settings: what there is, how they are read, how they are told to people."""
