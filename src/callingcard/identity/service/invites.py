"""Invites: links that a mail can carry and that prove who follows them.

Somebody with a server key vouches for an address beforehand; whoever then brings
the link is taken to be that person, once. An invite therefore counts as a proof on
every site, also on one where only a server key may ask: that key made it.

Invariant: of two who bring one invite, at whatever moment and to whichever node,
one gets in. Whether it was used is asked before anything is done for it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from callingcard.identity.errors import InvalidInvite, InviteSpent
from callingcard.identity.model import Visitor
from callingcard.identity.proofs import invite
from callingcard.kit.crypto import secret_hash

PARAMETER: Final = "callingcard_invite"
"""The member of a link's query that holds the invite; ``callingcard.js`` looks there."""

_LEEWAY: Final = timedelta(minutes=5)
"""How much longer than an invite works it is remembered as spent."""

_MAX_PAGE: Final = 2000
_USUAL_PORTS: Final = {"http": ":80", "https": ":443"}


class SpentInvites(Protocol):
    """Remembers which invites were used; shared by every node."""

    async def spend(self, name: str, *, attempt: str, until: datetime) -> bool:
        """Note that *attempt* uses the invite *name*; False when another did before."""
        ...

    async def restore(self, attempt: str) -> None:
        """Let the invite that *attempt* used be used again; nothing when it used none."""
        ...


class InviteDesk:
    """Makes and redeems invites for every site; *secrets* are the server's, newest first."""

    def __init__(self, secrets: Sequence[bytes], spent: SpentInvites) -> None:
        self._secrets = secrets
        self._spent = spent
        self._signers: dict[str, invite.Invites] = {}

    def make(
        self, site: str, visitor: Visitor, now: datetime, *, life: timedelta = invite.MAX_LIFE
    ) -> invite.MadeInvite:
        """Return an invite for *visitor*, whose address the caller vouches for.

        Raises Invalid without an address, and for a life over seven days.
        """
        proved = replace(visitor, email_verified=visitor.email is not None)
        return self._signer(site).make(proved, now, life)

    def read(self, site: str, token: str, now: datetime) -> Visitor:
        """Return whom *token* invites, used or not; raises ProofInvalid or ProofExpired."""
        return self._signer(site).read(token, now).visitor

    async def redeem(self, site: str, token: str, *, attempt: str, now: datetime) -> Visitor:
        """Return whom *token* invites, and use it up; raises InviteSpent when it was.

        Also raises ProofInvalid and ProofExpired. It is used up before anything is
        done for its bearer, and ``restore`` undoes it when that then failed.
        """
        found = self._signer(site).read(token, now)
        # Not a keyed hash: the server's key may be rotated while an invite lives, and
        # under another name a spent one would work again. The id is 128 random bits.
        name = secret_hash(f"{site} {found.jti}")
        until = found.expires_at + _LEEWAY
        if not await self._spent.spend(name, attempt=attempt, until=until):
            raise InviteSpent
        return found.visitor

    async def restore(self, attempt: str) -> None:
        """Undo the ``redeem`` of *attempt*, whose bearer got nothing."""
        await self._spent.restore(attempt)

    def _signer(self, site: str) -> invite.Invites:
        if site not in self._signers:
            self._signers[site] = invite.Invites(self._secrets, site)
        return self._signers[site]


def invite_link(page: str, token: str, origins: Collection[str]) -> str:
    """Return *page* with *token* in its query, in place of another invite there.

    Raises InvalidInvite unless *page* is on one of *origins*: the link is a credential,
    and would hand it to a stranger's server. What two readers of URLs see differently
    is refused as well, rather than read in our way here and in the browser's there.

    >>> shop = "https://shop.example"
    >>> invite_link(f"{shop}/hello?a=1&callingcard_invite=old#top", "new", {shop})
    'https://shop.example/hello?a=1&callingcard_invite=new#top'
    """
    plain = page.isascii() and page.isprintable() and not any(c in page for c in ' \\<>"')
    if not plain or len(page) > _MAX_PAGE:
        raise InvalidInvite(page="not an address as a browser shows it")
    try:
        parts = urlsplit(page)
        _ = parts.port
    except ValueError:
        raise InvalidInvite(page="not an address as a browser shows it") from None
    host = parts.netloc.lower().removesuffix(_USUAL_PORTS.get(parts.scheme, "-"))
    if f"{parts.scheme}://{host}" not in origins:
        raise InvalidInvite(page="not a page of one of the site's origins")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if pair[0] != PARAMETER]
    return parts._replace(query=urlencode([*kept, (PARAMETER, token)])).geturl()
