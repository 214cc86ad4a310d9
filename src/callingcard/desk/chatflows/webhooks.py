"""What HubSpot's bots send to a webhook, and what they read from its reply.

See https://developers.hubspot.com/docs/api-reference/legacy/conversations/webhooks-in-bots
for the two shapes; events that were seen hold ``session`` beside ``userMessage``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from callingcard.desk.chatflows.talk import CallWebhook, Replied, State
from callingcard.kit.codec import canonical_json

MAX_REPLY_TEXT: Final = 4000
MAX_CUSTOM_STATE: Final = 10_000
_MAX_REPLIES: Final = 20
_MAX_LABEL: Final = 100


@dataclass(frozen=True, slots=True)
class Where:
    """The talk that a webhook is asked in."""

    flow: str
    conversation: str
    contact: str | None
    began_at: datetime


def event_of(call: CallWebhook, state: State, where: Where, now: datetime) -> dict[str, Any]:
    """Return what is posted to the webhook; ``vid`` is the contact's id, if they are known."""
    flow, contact, conversation = where.flow, where.contact, where.conversation
    return {
        "userMessage": {"message": call.text, "quickReply": None},
        "parsedResult": None,
        "bot": {"nickname": flow, "conversationChannelType": "WEB"},
        "module": {"botNickname": flow, "moduleType": "WEBHOOK", "nickname": call.step},
        "session": {
            "vid": int(contact) if contact is not None and contact.isdecimal() else None,
            "conversationId": int(conversation) if conversation.isdecimal() else conversation,
            "botNickname": flow,
            "currentModuleNickname": call.step,
            "sessionStartedAt": _ms(where.began_at),
            "lastInteractionAt": _ms(now),
            "state": "ACTIVE",
            "customState": dict(state.bot),
            "responseExpected": False,
            "parsedResponses": {
                name: {"parsedResponse": value, "success": True}
                for name, value in state.answers.items()
            },
            "properties": {
                "CONTACT": {
                    name.removeprefix("contact."): {"value": value, "syncedAt": _ms(now)}
                    for name, value in state.said.items()
                }
            },
        },
        "customPayload": call.payload,
    }


def read_reply(document: Mapping[str, Any]) -> Replied | None:
    """Return the reply in *document*, or None when it is none.

    >>> read_reply({"botMessage": "Hi", "nextModuleNickname": "ask"}).next
    'ask'
    """
    text, follow = document.get("botMessage"), document.get("nextModuleNickname")
    if not isinstance(text, (str, type(None))) or not isinstance(follow, (str, type(None))):
        return None
    bot = document.get("customState")
    if bot is not None and not _is_small(bot):
        return None
    return Replied(
        text=text[:MAX_REPLY_TEXT].replace("\0", "") if text else None,
        next=follow,
        expects_answer=document.get("responseExpected") is True,
        options=_quick_replies(document.get("quickReplies")),
        bot=cast("Mapping[str, Any] | None", bot),
    )


def _is_small(bot: object) -> bool:
    if not isinstance(bot, dict):
        return False
    try:
        return len(canonical_json(cast("dict[str, Any]", bot))) <= MAX_CUSTOM_STATE
    except ValueError:
        return False


def _quick_replies(given: object) -> Sequence[tuple[str, str]]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        return ()
    found: list[tuple[str, str]] = []
    for one in list(cast("Sequence[object]", given))[:_MAX_REPLIES]:
        if isinstance(one, Mapping):
            reply = cast("Mapping[str, object]", one)
            label, value = reply.get("label"), reply.get("value", reply.get("label"))
            if isinstance(label, str) and label.strip() and isinstance(value, str):
                found.append((label[:_MAX_LABEL], value[:_MAX_LABEL]))
    return found


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
