"""The steps of the schema's history, in order."""
