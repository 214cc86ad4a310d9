"""The test accounts of a check: made for it and erased after it, or contacts there are.

Invariant: of a contact that was there before, nothing changes: a conversation of the
check's own is put away again, and no question of a chatflow is answered for them.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from callingcard.backends.fetch import Unreachable
from callingcard.server.check import report
from callingcard.server.check.calling import Caller
from callingcard.server.check.report import Report

CONTACTS: Final = "/crm/v3/objects/contacts"
THREADS: Final = "/conversations/v3/conversations/threads"
DOMAIN: Final = "desk-check.example"
"""Where the made accounts seem to live; nobody does there:
https://www.rfc-editor.org/rfc/rfc2606#section-2"""

OTHER_DATABASE: Final = (
    "The server at this address does not know the key of the check, which was made in the"
    " database of these settings: run it with the settings of that server."
)
_NAMES: Final = {"first": "Ada", "second": "Grace", "": "Nobody"}


@dataclass(slots=True)
class Guest:
    """Somebody who signs in and chats during a check."""

    name: report.Which
    email: str = field(repr=False)
    first_name: str = field(repr=False)
    contact_id: str
    is_made: bool
    """Whether it is the check's own, to be erased."""
    conversations: list[str] = field(default_factory=list[str])
    """What the check began in their name."""


async def account(
    shop: Caller, name: report.Which, *, email: str | None, mark: str, out: Report
) -> Guest | None:
    """Return the contact with this *email*, or a new one; None after saying why not."""
    if email is None:
        return await _made(shop, name, mark, out)
    found = await shop.get(f"{CONTACTS}/{quote(email, safe='')}", idProperty="email")
    if not found.done:
        remedy = "Name the address of a contact that the desk has, or leave --contact out."
        out.fail("account", f"no contact with this address ({found.said})", remedy, name)
        return None
    known = found.object("properties")
    out.ok("account", f"contact {found.data['id']}, which was there before", name)
    return Guest(
        name,
        str(known.get("email") or email),
        str(known.get("firstname") or ""),
        str(found.data["id"]),
        is_made=False,
    )


async def _made(shop: Caller, name: report.Which, mark: str, out: Report) -> Guest | None:
    """Make a contact for this check alone."""
    email, first_name = f"{mark}-{name}@{DOMAIN}", f"{_NAMES[name]}-{mark}"
    properties = {"email": email, "firstname": first_name, "lastname": "Desk check"}
    made = await shop.post(CONTACTS, {"properties": properties})
    if not made.done:
        remedy = "Look at the server's log; the check makes contacts as HubSpot's clients do."
        if made.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            remedy = OTHER_DATABASE
        out.fail("account", f"no test contact could be made ({made.said})", remedy, name)
        return None
    contact_id = str(made.data["id"])
    out.ok("account", f"contact {contact_id}, made for this check", name)
    return Guest(name, email, first_name, contact_id, is_made=True)


async def clean_up(shop: Caller, account: Guest, out: Report) -> None:
    """Erase the account, or put away what the check began in its name."""
    try:
        if account.is_made:
            await _erase(shop, account, out)
        else:
            await _put_away(shop, account, out)
    except Unreachable as error:
        out.fail("clean-up", error.message, _by_hand(account), account.name)


async def _erase(shop: Caller, account: Guest, out: Report) -> None:
    gone = await shop.post(f"{CONTACTS}/gdpr-delete", {"objectId": account.contact_id})
    if not gone.done:
        said = f"contact {account.contact_id} is still there ({gone.said})"
        out.fail("clean-up", said, _by_hand(account), account.name)
        return
    out.ok("clean-up", "the contact and what it wrote are erased", account.name)


async def _put_away(shop: Caller, account: Guest, out: Report) -> None:
    left = [
        one
        for one in account.conversations
        if not (await shop.delete(f"{THREADS}/{one}")).done
    ]
    if left:
        said = f"conversation {', '.join(left)} is still in the inbox"
        out.fail("clean-up", said, "Close it in the app.", account.name)
    elif account.conversations:
        out.ok("clean-up", "the conversation of the check is put away", account.name)


def _by_hand(account: Guest) -> str:
    if account.is_made:
        return f"Erase it: callingcard desk erase --contact {account.contact_id}"
    return "Close the conversations of this check in the app."
