"""A visitor's browser: opens the chat, writes, reads, signs out."""

from dataclasses import dataclass, field
from typing import Final

from callingcard.kit.ids import random_id
from callingcard.server.check.calling import Answer, Caller, objects

_MINT: Final = "/visitor-identification/v3/tokens/create"


async def mint(shop: Caller, email: str, first_name: str) -> Answer:
    """Have a token made as a shop's backend does; it is in ``token``."""
    return await shop.post(_MINT, {"email": email, "firstName": first_name})


@dataclass(slots=True)
class Browser:
    """One browser at one inbox, with the session that it holds."""

    server: Caller
    inbox: str
    name: str = field(default_factory=lambda: random_id("check_"))
    """What tells this browser from another."""
    session: str = field(default="", repr=False)
    """The secret of the session."""

    async def arrive(self, email: str = "", token: str = "") -> Answer:
        """Open the chat, with a token if there is one; keep the session that comes."""
        shown = {"email": email, "token": token} if token else {}
        answer = await self._mine.post(
            f"{self._base}/session", {"browser": self.name, **shown}
        )
        if answer.done:
            self.session = str(answer.data.get("session", ""))
        return answer

    async def begin(self) -> Answer:
        """Begin a conversation of its own, beside those that the visitor has."""
        return await self._mine.post(f"{self._base}/conversations", {})

    async def write(self, text: str, message: str, **more: object) -> Answer:
        """Post a message, known by the name *message*."""
        body = {"text": text, "clientMessageId": message, **more}
        return await self._mine.post(f"{self._base}/messages", body)

    async def read(self, conversation: str = "") -> Answer:
        """Read what was said, in the session's conversation or in this one."""
        asked = {"conversation": conversation} if conversation else {}
        return await self._mine.get(f"{self._base}/events", **asked)

    async def conversations(self) -> Answer:
        """Read the visitor's conversations."""
        return await self._mine.get(f"{self._base}/conversations")

    async def leave(self) -> Answer:
        """Sign out."""
        return await self._mine.delete(f"{self._base}/session")

    @property
    def _mine(self) -> Caller:
        return self.server.by(self.session)

    @property
    def _base(self) -> str:
        return f"/v1/widget/{self.inbox}"


def greeting(answer: Answer) -> str:
    """Return what a visitor reads first: the chatflow's words, or else the inbox's."""
    flow = answer.object("chatflow")
    lines = [str(one.get("text", "")) for one in objects(flow.get("says"))]
    return "\n".join(lines) or str(flow.get("welcome") or "")
