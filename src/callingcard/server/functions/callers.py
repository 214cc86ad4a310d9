"""Tells functions who calls: a site's visitor, or the holder of an API key.

Functions know nothing of sites and keys; ``functions.ports.callers`` is what they ask for,
and this is what answers.

Invariant: an address that nobody proved is never passed on.
"""

from collections.abc import Mapping

from callingcard.access.errors import NoKey, ScopeMissing
from callingcard.access.service.keys import Keys
from callingcard.errors import Conflict
from callingcard.functions.model.runs import RunVisitor
from callingcard.functions.ports.callers import Shown
from callingcard.identity.api import SiteIssuer
from callingcard.identity.errors import ProofInvalid, UnknownSite
from callingcard.identity.model import Presented
from callingcard.kit.clock import Clock


class NoSuchChoice(Conflict):
    """A function does not say which site's visitors it is for, and there are several."""

    code = "functions.site_needed"


class SiteVisitors:
    """Checks visitors' proofs; implements ``functions.ports.callers.Visitors``."""

    def __init__(self, sites: Mapping[str, SiteIssuer], clock: Clock) -> None:
        """Ask *sites* as they are set up at each call; they may change at any time."""
        self._sites = sites
        self._clock = clock

    async def prove(self, shown: Shown, *, site: str | None) -> RunVisitor:
        """Return whom the request proves to be calling; raises ProofInvalid and others."""
        proof = self._site(site).proof
        if proof is None:
            raise ProofInvalid
        visitor = await proof.visitor(Presented(shown.headers, shown.peer), self._clock.now())
        if visitor is None:
            raise ProofInvalid
        proved = visitor.email if visitor.email_verified else None
        if not proved and not visitor.user_id:
            raise ProofInvalid
        return RunVisitor(
            email=proved or "",
            email_verified=proved is not None,
            user_id=visitor.user_id or "",
            first_name=visitor.first_name or "",
            last_name=visitor.last_name or "",
        )

    def origins(self, site: str | None) -> frozenset[str]:
        """Return the pages that may call for this site; none when there is no such site."""
        try:
            return self._site(site).origins
        except (UnknownSite, Conflict):
            return frozenset()

    def _site(self, name: str | None) -> SiteIssuer:
        """Return the site *name*, or the only one; raises UnknownSite, NoSuchChoice."""
        if name is not None:
            if name not in self._sites:
                raise UnknownSite
            return self._sites[name]
        served = list(self._sites.values())
        if not served:
            raise UnknownSite
        if len(served) > 1:
            raise NoSuchChoice(
                "this function does not say whose visitors it is for",
                hint='There are several sites; write site = "NAME" into its trigger.',
            )
        return served[0]


class KeyCallers:
    """Checks API keys; implements ``functions.ports.callers.Callers``."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def allowed(self, shown: Shown, *, function: str) -> str:
        """Return ``key ID`` of the key that may call *function*; raises NotAllowed."""
        lines = [value for name, value in shown.headers if name == "authorization"]
        scheme, _, secret = (lines[0] if len(lines) == 1 else "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise NoKey("an API key is needed", hint="Send `Authorization: Bearer KEY`.")
        actor = await self._keys.authenticate(secret.strip())
        if not actor.may_call(function):
            raise ScopeMissing(
                "this API key is not for this function",
                hint="Make one with the scope functions:invoke that names it, or names none.",
            )
        return f"key {actor.id}"
