"""What is kept of a run for the house alone: sealed inputs and results, hashes of people.

Invariant: what is sealed opens only for the run that it was sealed for.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, cast

from callingcard.errors import Conflict
from callingcard.functions.model.runs import RunVisitor
from callingcard.functions.model.values import Json, RunId
from callingcard.kit.codec import canonical_json
from callingcard.kit.crypto import Sealer, Unsealable, derive_key, keyed_hash, secret_hash

_ADDRESS: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}\Z")
_MOST_PEOPLE: Final = 20


class RunSeals:
    """Seals with the server's *secrets*, newest first, and names people by the newest.

    Who is to be forgotten is looked for under every key, so a new one hides nobody.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._sealer = Sealer(secrets, "function runs")
        self._keys = [derive_key(secret, "people of function runs") for secret in secrets]

    def seal_input(
        self, run: RunId, arguments: Mapping[str, Json], visitor: RunVisitor | None
    ) -> bytes:
        """Return the true input, for a replay."""
        whole = {
            "arguments": dict(arguments),
            "visitor": None if visitor is None else asdict(visitor),
        }
        return self._sealer.seal(json.dumps(whole).encode(), place=f"run {run}")

    def open_input(
        self, run: RunId, sealed: bytes
    ) -> tuple[dict[str, Json], RunVisitor | None]:
        """Return arguments and visitor; raises Conflict when the key for them is gone."""
        whole = cast("dict[str, Any]", self._open(sealed, f"run {run}"))
        visitor = whole["visitor"]
        return whole["arguments"], RunVisitor(**visitor) if visitor else None

    def seal_answer(self, run: RunId, value: Json) -> bytes:
        """Return what a run answered, for whoever may ask again."""
        return self._sealer.seal(json.dumps(value).encode(), place=f"answer {run}")

    def open_answer(self, run: RunId, sealed: bytes) -> Json:
        """Return what was answered; raises Conflict when the key for it is gone."""
        return self._open(sealed, f"answer {run}")

    def key(self, idempotency_key: str) -> str:
        """Return what an idempotency key is kept as."""
        return secret_hash(idempotency_key)

    def question(self, visitor: RunVisitor | None, arguments: Mapping[str, Json]) -> str:
        """Return a name for who asks what: the same question has the same name."""
        who = [visitor.email, visitor.user_id] if visitor else []
        return keyed_hash(self._keys[0], canonical_json([who, dict(arguments)]).decode())

    def people(
        self, visitor: RunVisitor | None, arguments: Mapping[str, Json]
    ) -> tuple[str, ...]:
        """Return names of whom a run is about: its visitor, and addresses in the input."""
        found: list[str] = []
        if visitor is not None:
            found += _names(self._keys[0], visitor.email, visitor.user_id)
        for address in _addresses(arguments):
            if len(found) >= _MOST_PEOPLE:
                break
            found.append(_email(self._keys[0], address))
        return tuple(dict.fromkeys(found))

    def named(self, *, email: str = "", user_id: str = "") -> list[str]:
        """Return every name that this person may be kept under."""
        return [name for key in self._keys for name in _names(key, email, user_id)]

    def _open(self, sealed: bytes, place: str) -> Json:
        try:
            return json.loads(self._sealer.open(sealed, place=place))
        except Unsealable:
            raise Conflict(
                "This was sealed under a server key that is gone.",
                hint="Put the old key back at the end of server.secret_keys.",
            ) from None


def _names(key: bytes, email: str, user_id: str) -> list[str]:
    """Return the names of one person under one key."""
    user = [keyed_hash(key, f"user {user_id}")] if user_id else []
    return [_email(key, email), *user] if email else user


def _email(key: bytes, address: str) -> str:
    return keyed_hash(key, f"email {address.strip().casefold()}")


def _addresses(value: Json, depth: int = 0) -> Iterator[str]:
    """Yield whatever in *value* is an address."""
    deepest = 8
    if isinstance(value, str):
        if _ADDRESS.match(value.strip()):
            yield value
    elif depth < deepest and isinstance(value, Mapping):
        for member in value.values():
            yield from _addresses(member, depth + 1)
    elif depth < deepest and isinstance(value, Sequence):
        for item in value:
            yield from _addresses(item, depth + 1)
