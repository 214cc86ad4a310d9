"""Pages where nobody signs in: whom we vouch for there, if for anybody.

An address that was only typed proves nothing: whoever gets a token for it reads
what was said under it. So a claim is refused, unless the site's operator chose
otherwise; an invite, which somebody with a server key made, is a proof.

Invariant: what is claimed here is never called proved, and names an address and a
name only: a user id is proof enough for some platforms.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from callingcard.identity.errors import (
    EmailMismatch,
    InvalidVisitor,
    KeyNotAllowed,
    OriginNotAllowed,
    Unverified,
)
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.service.invites import InviteDesk
from callingcard.identity.service.limits import Limiter
from callingcard.kit.actor import Actor, Scope
from callingcard.kit.ids import random_id

WhenUnverified: TypeAlias = Literal["refuse", "anonymous", "mint"]
"""What a site does about an address that nobody proved; the contract's section 4."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a page says when its visitor is not signed in.

    *kind* is what it brings: a publishable key, an invite, or nothing but the claim.
    *body* is None when it names nobody. *origin* is None when the request had none.
    """

    kind: Literal["publishable", "invite", "nothing"]
    bearer: str = field(repr=False)
    body: Visitor | None = field(repr=False)
    origin: str | None
    client: str = field(repr=False)
    """The client's own address, behind whatever proxies."""
    attempt: str = field(default_factory=random_id)
    """Names this request, so that undoing it undoes no other."""


class KeyCheck(Protocol):
    """Knows API keys; ``access.service.keys.Keys`` does."""

    async def authenticate(self, secret: str, *, origin: str | None = None) -> Actor:
        """Return whose key *secret* is, shown by a page of *origin*; raises NotAllowed."""
        ...


@dataclass(frozen=True, slots=True)
class SiteLanding:
    """Decides for one site; with ``mint`` its issuer has to allow unverified visitors."""

    unverified: WhenUnverified
    origins: Collection[str]
    keys: KeyCheck
    limiter: Limiter
    invites: InviteDesk

    async def admit(
        self,
        site: str,
        claim: Claim,
        given: Presented,  # noqa: ARG002  (the door's interface; a claim is all it takes)
        now: datetime,
    ) -> Visitor | None:
        """Return whom to issue a token for, or None when the chat opens anonymously.

        Raises NotAllowed, Invalid or LimitExceeded; which, never depends on whether
        the address is known to anybody.
        """
        if claim.kind == "invite":
            return await self._invited(site, claim, now)
        if self.unverified == "anonymous" or claim.body is None:
            return None
        if self.unverified == "refuse":
            raise Unverified(
                "Nobody proved that the visitor owns this address.",
                hint="Send an invite, or let the site's backend vouch for the visitor.",
            )
        if claim.kind == "nothing":
            raise Unverified(
                "A claimed address needs the site's publishable key.",
                hint="Put the cc_pk_ key into the page: Authorization: Bearer cc_pk_…",
            )
        return await self._claimed(site, claim, claim.body, now)

    async def failed(self, site: str, claim: Claim) -> None:
        """Undo what admitting *claim* used up, because no token came of it.

        An outage must not burn the link in somebody's mail.
        """
        del site
        if claim.kind == "invite":
            await self.invites.restore(claim.attempt)

    async def _invited(self, site: str, claim: Claim, now: datetime) -> Visitor:
        """Return whom the invite proves; raises EmailMismatch for a body about another."""
        invited = self.invites.read(site, claim.bearer, now)
        if claim.body is not None and claim.body.email not in {None, invited.email}:
            raise EmailMismatch
        return await self.invites.redeem(site, claim.bearer, attempt=claim.attempt, now=now)

    async def _claimed(
        self, site: str, claim: Claim, claimed: Visitor, now: datetime
    ) -> Visitor:
        """Return the claimed visitor, once the page, the key and the pace are right."""
        if claim.origin is None or claim.origin not in self.origins:
            raise OriginNotAllowed
        visitor = _only_typed(claimed)
        self.limiter.enter(claim.client, now)
        key = await self.keys.authenticate(claim.bearer, origin=claim.origin)
        # Not may() alone: a key for every site would turn one page's key into all of them.
        if key.site != site or not key.may(Scope.TOKENS, site=site):
            raise KeyNotAllowed
        self.limiter.spend(claim.client, visitor.email or "", origin=claim.origin, now=now)
        return visitor


def _only_typed(claimed: Visitor) -> Visitor:
    """Return *claimed* as unproved; raises InvalidVisitor for what no visitor types."""
    wrong: dict[str, str] = {}
    if claimed.email is None:
        wrong["email"] = "is needed"
    if claimed.email_verified:
        wrong["emailVerified"] = "cannot be said with a publishable key"
    if claimed.user_id is not None:
        wrong["userId"] = "cannot be said with a publishable key"
    if claimed.properties:
        wrong["properties"] = "cannot be said with a publishable key"
    if wrong:
        raise InvalidVisitor("A page may only claim an address and a name.", fields=wrong)
    return claimed
