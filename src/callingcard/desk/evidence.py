"""How well we know a visitor, and what that lets them see.

Invariant: evidence only rises within a session, and values of the CRM reach a
browser only when its visitor proved who they are.
"""

from typing import Final

from callingcard.desk.model.contacts import Person
from callingcard.desk.model.evidence import Evidence

_RANK: Final = {level: rank for rank, level in enumerate(Evidence)}


def stronger(one: Evidence, other: Evidence) -> Evidence:
    """Return the higher of two levels.

    >>> stronger(Evidence.SIGNED, Evidence.CLAIMED).value
    'signed'
    """
    return max(one, other, key=_RANK.__getitem__)


def is_proven(evidence: Evidence) -> bool:
    """Say whether the visitor proved who they are, so that they may see what is theirs.

    >>> is_proven(Evidence.CLAIMED), is_proven(Evidence.VERIFIED)
    (False, True)
    """
    return _RANK[evidence] >= _RANK[Evidence.VERIFIED]


def same_person(one: Person, other: Person) -> bool:
    """Say whether two proofs name one person; in doubt they do not.

    >>> same_person(Person("ada@example.com"), Person("ada@example.com", "7"))
    True
    >>> same_person(Person("ada@example.com", "7"), Person("grace@example.com", "7"))
    False
    >>> same_person(Person(None, "7"), Person("ada@example.com"))
    False
    """
    if one.external_id and other.external_id and one.external_id != other.external_id:
        return False
    if one.email and other.email:
        return one.email == other.email
    return one.external_id is not None and one.external_id == other.external_id
