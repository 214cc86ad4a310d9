"""The use cases of access: keys, people, sessions."""
