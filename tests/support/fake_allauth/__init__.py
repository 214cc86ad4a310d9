"""Stands in for ``allauth.account``, which keeps the addresses that it has verified."""
