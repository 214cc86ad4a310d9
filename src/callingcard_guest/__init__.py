"""Runs inside the sandbox, with a customer's function; imports nothing of ours."""
