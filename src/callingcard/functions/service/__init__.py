"""The use cases of functions, one noun a file; none of them does input or output."""
