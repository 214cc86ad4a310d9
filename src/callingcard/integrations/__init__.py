"""The library inside a customer's web app."""
