# ruff: noqa: PYI021
"""Whom the site proved to be calling."""

email: str
"""The address, as the site's proof has it."""
email_verified: bool
"""Whether whoever signed the proof says that the address is the visitor's own."""
user_id: str
"""The visitor's id in the customer's own system; empty when the proof has none."""
first_name: str
last_name: str
