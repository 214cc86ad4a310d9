"""Who visitors are: sessions, inboxes and their keys, merging."""
