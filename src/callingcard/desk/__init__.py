"""The receiving side: contacts, conversations, the widget's and the agents' service."""
