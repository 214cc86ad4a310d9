"""Inputs that somebody saved to run a function with again."""
