"""What may happen that a function can be run for."""

from typing import Final

EVENTS: Final = (
    "conversation.created",
    "conversation.closed",
    "conversation.reopened",
    "conversation.queued",
    "conversation.requeued",
    "conversation.assigned",
    "conversation.noted",
    "conversation.archived",
    "conversation.restored",
    "conversation.merged",
    "conversation.unmerged",
    "conversation.erased",
    "message.received",
    "message.sent",
    "contact.created",
    "contact.changed",
    "contact.associated",
    "contact.merged",
    "contact.unmerged",
    "contact.deleted",
    "contact.erased",
    "webhook.disabled",
    "site.tripped",
    "site.recovered",
    "abuse.suspected",
)
"""The kinds of events: a word for what, and a word for what became of it."""
