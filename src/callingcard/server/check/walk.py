"""What one account goes through: signs in, chats, is found by agents, signs out."""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from callingcard.kit.ids import random_id
from callingcard.server.check.accounts import OTHER_DATABASE, THREADS, Guest
from callingcard.server.check.calling import Answer, Caller
from callingcard.server.check.questions import answer_questions
from callingcard.server.check.report import Report
from callingcard.server.check.visiting import Browser, greeting, mint

TEXT: Final = "This is a test of the chat. Nobody has to answer."

_LOOKS: Final = 8
_PAUSE_SECONDS: Final = 0.25
_UNKNOWN: Final = (
    "Set identification to optional or required in the inbox's settings. If it is: compare"
    " the clocks, and the secrets, of all nodes."
)


@dataclass(slots=True)
class Visit:
    """One account's stay, as far as it got."""

    account: Guest
    browser: Browser
    token: str = field(default="", repr=False)
    conversation: str = ""
    text: str = ""
    """What was written; in no other conversation."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Walks accounts through an inbox, and tells how that went."""

    shop: Caller
    """Calls as the shop's backend does."""
    inbox: str
    out: Report

    async def sign_in(self, account: Guest, browser: Browser) -> Visit | None:
        """Have a token made and open the chat with it; None after saying why not."""
        made = await mint(self.shop, account.email, account.first_name)
        token = made.data.get("token")
        if not (made.done and isinstance(token, str) and token):
            self.out.fail("mint", f"no token ({made.said})", OTHER_DATABASE, account.name)
            return None
        self.out.ok("mint", "a token was issued", account.name)
        opened = await browser.arrive(account.email, token)
        if not self._is_known(account, opened):
            return None
        self._greeted(account, opened, await self._strangers_greeting())
        return Visit(account, browser, token)

    async def chat(self, visit: Visit) -> bool:
        """Write in a conversation of the check's own; False after saying why not."""
        account, browser = visit.account, visit.browser
        begun = await browser.begin()
        if not begun.done:
            remedy = "Look at the server's log for this moment."
            self.out.fail(
                "chat", f"no conversation began ({begun.said})", remedy, account.name
            )
            return False
        visit.conversation = str(begun.data["id"])
        account.conversations.append(visit.conversation)
        message = random_id("m_")
        visit.text = f"{TEXT} ({message[-8:]})"
        first = await browser.write(visit.text, message)
        again = await browser.write(visit.text, message)
        kept = (first.status, again.status) == (HTTPStatus.CREATED, HTTPStatus.OK)
        if not kept or first.data.get("seq") != again.data.get("seq"):
            said = f"sent twice, the message answered {first.said}, then {again.said}"
            remedy = "Look at the server's log for this moment."
            self.out.fail("chat", said, remedy, account.name)
            return False
        said = "a message was sent twice and kept once"
        self.out.ok("chat", said, account.name)
        return True

    async def found_by_agents(self, visit: Visit) -> None:
        """Look for the conversation as agents and programs do: by the contact."""
        name, wanted = visit.account.name, visit.account.contact_id
        path = f"{THREADS}/{visit.conversation}"
        thread = await self.shop.get(path)
        theirs = str(thread.data.get("associatedContactId", ""))
        if not thread.done or theirs != wanted:
            said = f"it is of {theirs or 'nobody'} and not of contact {wanted}"
            remedy = "Look in the contact's page for a merge, or for another of this address."
            self.out.fail(
                "contact", said if thread.done else f"not found ({thread.said})", remedy, name
            )
        else:
            self.out.ok("contact", f"conversation {visit.conversation} is theirs", name)
        listed = await self.shop.get(THREADS, associatedContactId=wanted)
        lines = await self.shop.get(f"{path}/messages")
        in_list = any(
            str(one.get("id")) == visit.conversation for one in listed.list("results")
        )
        in_lines = any(
            one.get("text") == visit.text and one.get("direction") == "INCOMING"
            for one in lines.list("results")
        )
        if in_list and in_lines:
            self.out.ok("transcript", "what they wrote is on their contact", name)
        else:
            said = "the message is not in the contact's conversations"
            remedy = "Open the contact in the app; if it is there, the API's answer is wrong."
            self.out.fail("transcript", said, remedy, name)

    async def routed(self, visit: Visit) -> None:
        """Look where the conversation went, and why."""
        name = visit.account.name
        decided = await self._decisions(visit)
        if not decided.done:
            remedy = "Run `callingcard doctor`; the key of the check may read decisions."
            self.out.fail("routing", f"no decision to read ({decided.said})", remedy, name)
            return
        if not decided.list("decisions"):
            remedy = (
                "A chatflow still asks, or waits. Add a route step where it ends, or walk"
                " through it with Preview."
            )
            self.out.warn("routing", "nothing was decided yet", remedy, name)
            return
        last = decided.list("decisions")[-1]
        team, rule = last.get("team"), last.get("rule")
        where = f"team {team}" if team else "the queue of everybody"
        why = f"by rule {rule}" if rule else "by the fallback"
        self.out.ok("routing", f"it went to {where}, {why}, {last['priority']} priority", name)

    async def _decisions(self, visit: Visit) -> Answer:
        """Read the decisions; for an account of our own, answer what stands before them.

        They come a moment after the message, and after what a chatflow calls.
        """
        path = f"/v1/conversations/{visit.conversation}/routing"
        decided = await self.shop.get(path)
        for _ in range(_LOOKS):
            if not decided.done or decided.list("decisions"):
                break
            if visit.account.is_made:
                await answer_questions(visit.browser, visit.account.email)
            await asyncio.sleep(_PAUSE_SECONDS)
            decided = await self.shop.get(path)
        return decided

    def _is_known(self, account: Guest, opened: Answer) -> bool:
        """Say whether the chat knows who came."""
        evidence = opened.data.get("evidence")
        if not opened.done or evidence != "signed":
            said = f"the chat takes them for {evidence or opened.said}"
            self.out.fail("session", said, _UNKNOWN, account.name)
            return False
        first_name = opened.object("contact").get("firstName")
        if account.first_name and first_name != account.first_name:
            remedy = "Look at the contact's first name in the app, and at merges."
            self.out.fail(
                "session", "the chat has another name for them", remedy, account.name
            )
            return False
        self.out.ok("session", "signed, with the contact's name", account.name)
        return True

    def _greeted(self, account: Guest, opened: Answer, strangers: str) -> None:
        """Say whether the greeting is for this contact."""
        theirs = greeting(opened)
        if account.first_name and account.first_name in theirs:
            self.out.ok("greeting", "they are greeted by their name", account.name)
        elif theirs != strangers:
            self.out.ok("greeting", "they read something else than a stranger", account.name)
        elif not account.first_name:
            remedy = "Give the contact a first name to see it in the greeting."
            self.out.warn("greeting", "the contact has no first name", remedy, account.name)
        else:
            said = "they read what any stranger reads"
            remedy = (
                "Put {{ contact.firstname | default: 'there' }} into the chatflow's welcome."
            )
            self.out.warn("greeting", said, remedy, account.name)

    async def _strangers_greeting(self) -> str:
        """Return what somebody reads whom nobody knows, in a browser of their own."""
        stranger = Browser(self.shop.by(""), self.inbox)
        read = greeting(await stranger.arrive())
        await stranger.leave()
        return read
