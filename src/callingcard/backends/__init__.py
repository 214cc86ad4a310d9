"""All disk and network: one file per technology."""
