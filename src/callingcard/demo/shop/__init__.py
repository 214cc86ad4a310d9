"""Ink & Paper: a small stationery shop that uses the library as any customer would."""
