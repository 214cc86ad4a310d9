"""What is left of an account for whoever comes next: nothing."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from callingcard.server.check.calling import Answer
from callingcard.server.check.report import Report
from callingcard.server.check.visiting import Browser, greeting
from callingcard.server.check.walk import Visit

_DANGER: Final = "Take the chat off the site and report this: it must never happen."


@dataclass(frozen=True, slots=True)
class Leaving:
    """Signs accounts out, and looks at what the browser still gets."""

    out: Report

    async def forged(self, visit: Visit) -> None:
        """Bring a token that somebody changed."""
        name = visit.account.name
        other = Browser(visit.browser.server, visit.browser.inbox)
        opened = await other.arrive(visit.account.email, _changed(visit.token))
        if _is_stranger(opened):
            self.out.ok("forged", "whoever brings one is anonymous", name)
        else:
            self.out.fail("forged", f"it opened the chat as {_who(opened)}", _DANGER, name)
        await other.leave()

    async def sign_out(self, visit: Visit) -> None:
        """Sign out, then try what the browser still has."""
        name, browser = visit.account.name, visit.browser
        gone = await browser.leave()
        after = await browser.read(visit.conversation)
        if gone.done and after.status == HTTPStatus.UNAUTHORIZED:
            self.out.ok("sign-out", "the session is refused", name)
        else:
            said = f"signing out answered {gone.said}, reading after it {after.said}"
            self.out.fail("sign-out", said, _DANGER, name)
        back = await browser.arrive()
        again = Browser(browser.server, browser.inbox, browser.name)
        replayed = await again.arrive(visit.account.email, visit.token)
        self._anonymous(visit, back, replayed)
        for one in (browser, again):
            await one.leave()

    def _anonymous(self, visit: Visit, back: Answer, replayed: Answer) -> None:
        name = visit.account.name
        greeted = visit.account.first_name
        if not _is_stranger(back) or (greeted and greeted in greeting(back)):
            said = f"the browser is still taken for {_who(back)}"
            self.out.fail("anonymous", said, _DANGER, name)
        elif not _is_stranger(replayed):
            said = "the token of before the sign-out was accepted again"
            self.out.fail("anonymous", said, _DANGER, name)
        else:
            self.out.ok("anonymous", "anonymous, and the old token proves nothing", name)

    async def apart(self, first: Visit, second: Visit) -> None:
        """Look for the *first* one's conversation in the *second* one's browser."""
        browser, name = second.browser, second.account.name
        listed = await browser.conversations()
        ids = [str(one.get("id")) for one in listed.list("results")]
        asked = await browser.read(first.conversation)
        own = await browser.read()
        texts = [str(one.get("text")) for one in (*asked.list("events"), *own.list("events"))]
        if first.conversation in ids or first.text in texts:
            said = f"conversation {first.conversation} of the first account is shown to them"
            self.out.fail("apart", said, _DANGER, name)
        elif not listed.done:
            remedy = "Look at the server's log for this moment."
            self.out.fail("apart", f"their list is not shown ({listed.said})", remedy, name)
        else:
            self.out.ok("apart", "in the same browser, only their own", name)


def _is_stranger(opened: Answer) -> bool:
    """Say whether a session is nobody's and shows nothing."""
    told = opened.data
    shows = told.get("contact") is not None or told.get("conversation") is not None
    return opened.done and told.get("evidence") == "anonymous" and not shows


def _who(opened: Answer) -> str:
    return str(opened.data.get("evidence") or opened.said)


def _changed(token: str) -> str:
    """Return *token* with one character changed in the middle of its signature.

    >>> _changed("head.body.abc")
    'head.body.aAc'
    """
    place = (
        len(token) - (len(token) - token.rindex(".")) // 2 if "." in token else len(token) // 2
    )
    other = "B" if token[place] == "A" else "A"
    return token[:place] + other + token[place + 1 :]
