"""Reading OpenAPI documents: names, types and operations."""
