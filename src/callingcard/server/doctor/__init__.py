"""Looks at an installation and says what is wrong with it, and what to do.

Nothing secret and no address is in a finding: people paste them into issues.
"""
