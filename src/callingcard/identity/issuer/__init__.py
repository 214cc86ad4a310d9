"""AsyncIssuer, which drives the steps in ``service``, and Issuer, which blocks on one.

The driver answers what the steps ask, from a cache and from the platform. A renewal
runs in a flight: work of its own that any number of callers wait for, one per
key at a time. Nobody awaits the flight itself, so that one who gives up takes
nothing from the others.

Invariant: for one key there is never more than one flight that may store a token.
Invariant: what a flight got is not stored once its visitor was forgotten.
"""

from callingcard.identity.issuer.asynchronous import AsyncIssuer
from callingcard.identity.issuer.blocking import Issuer

__all__ = ["AsyncIssuer", "Issuer"]
