"""The use cases of identity, one noun a file: no input or output, only asks for it."""
