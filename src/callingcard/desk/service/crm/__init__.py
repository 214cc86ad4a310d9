"""Contacts, and what is known of them."""
