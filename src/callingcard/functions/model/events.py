"""What may happen that a function can be run for."""

from typing import Final

EVENTS: Final = (
    "conversation.created",
    "conversation.closed",
    "conversation.reopened",
    "message.received",
    "message.sent",
    "contact.created",
    "contact.changed",
    "site.tripped",
    "site.recovered",
    "abuse.suspected",
)
"""The kinds of events: a word for what, and a word for what became of it."""
