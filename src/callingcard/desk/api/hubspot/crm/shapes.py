"""How contacts, companies, deals and their associations look to HubSpot's clients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from callingcard.desk.api.hubspot.crm.schemas import TieInput
from callingcard.desk.api.hubspot.envelope import bad_request, reply
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.objects import CrmObject, Link, ObjectType, Ref
from callingcard.desk.model.properties import Version
from callingcard.desk.service.crm.associations import DEFAULT, PRIMARY
from callingcard.desk.service.crm.records import Key, Tie
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339

TYPE_IDS: Final = {
    ObjectType.CONTACTS: "0-1",
    ObjectType.COMPANIES: "0-2",
    ObjectType.DEALS: "0-3",
}
"""HubSpot's numbers for the kinds of objects."""
_ALIASES: Final = {
    alias: kind
    for kind, number in TYPE_IDS.items()
    for alias in (kind.value, kind.singular, number)
}
_PAIRS: Final = {
    number: pair for table in (DEFAULT, PRIMARY) for pair, number in table.items()
}
MODIFIED: Final = {
    ObjectType.CONTACTS: "lastmodifieddate",
    ObjectType.COMPANIES: "hs_lastmodifieddate",
    ObjectType.DEALS: "hs_lastmodifieddate",
}
_DEFAULTS: Final = {
    ObjectType.CONTACTS: ("email", "firstname", "lastname"),
    ObjectType.COMPANIES: ("domain", "name"),
    ObjectType.DEALS: ("amount", "closedate", "dealname", "dealstage", "pipeline"),
}
"""What is in an answer even when nobody asks, beside the id and the times."""


@dataclass(frozen=True, slots=True)
class Shaper:
    """Writes records of one kind; *known* are the names of the properties there are."""

    kind: ObjectType
    known: Iterable[str]

    def record(self, record: Contact | CrmObject, asked: Iterable[str] = ()) -> dict[str, Any]:
        """Return *record* as HubSpot's JSON, with the properties *asked* for.

        What is known and unset is null; what does not exist is left out.
        """
        modified = MODIFIED[self.kind]
        stamps = {
            "hs_object_id": record.id,
            "createdate": rfc3339(record.created_at),
            modified: rfc3339(record.updated_at),
        }
        values: dict[str, str] = {**record.properties, **stamps}
        names = {name.lower() for name in asked}.intersection(self.known)
        names.update(stamps, _DEFAULTS[self.kind])
        found: dict[str, Any] = {
            "id": record.id,
            "properties": {name: values.get(name) for name in sorted(names)},
            "createdAt": stamps["createdate"],
            "updatedAt": stamps[modified],
            "archived": record.archived,
        }
        if record.archived:
            found["archivedAt"] = stamps[modified]
        return found

    def past(
        self, history: Mapping[str, Sequence[Version]], asked: Iterable[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """Return what the properties *asked* for were, as HubSpot's JSON.

        Who wrote a value is not kept, so the source says that it is unknown.
        """
        names = {name.lower() for name in asked}.intersection(self.known)
        return {
            name: [
                {
                    "value": version.value,
                    "timestamp": rfc3339(version.at),
                    "sourceType": "UNKNOWN",
                }
                for version in history.get(name, ())
            ]
            for name in sorted(names)
        }


def key_of(kind: ObjectType, value: str, id_property: str | None) -> Key:
    """Return the key that *value* of *id_property* is.

    >>> key_of(ObjectType.CONTACTS, "ada@example.com", "email").by
    'email'
    """
    if id_property in {None, "hs_object_id"}:
        return Key(value)
    if kind is not ObjectType.CONTACTS:
        raise bad_request("Invalid idProperty: it must be hs_object_id")
    if id_property == "email":
        return Key(value, "email")
    raise bad_request("Invalid idProperty: it must be email or hs_object_id")


def kind_of(name: str) -> ObjectType:
    """Return the kind that HubSpot calls *name*; raises the fault that there is none.

    >>> kind_of("company"), kind_of("0-3")
    (<ObjectType.COMPANIES: 'companies'>, <ObjectType.DEALS: 'deals'>)
    """
    found = _ALIASES.get(name.lower())
    if found is None:
        raise bad_request(f"Unable to infer object type from: {name[:100]}")
    return found


def ties_of(kind: ObjectType, given: Sequence[TieInput] | None) -> tuple[Tie, ...]:
    """Return what a new record of *kind* is to be associated with."""
    return tuple(
        Tie(Ref(_end_of(kind, number), str(one.to.id)), (number,))
        for one in given or ()
        for number in [each.association_type_id for each in one.types]
    )


def _end_of(kind: ObjectType, number: int) -> ObjectType:
    start, end = _PAIRS.get(number, (None, None))
    if start is not kind or end is None:
        raise bad_request(f"There is no association of type {number} from {kind}")
    return end


def type_name(start: ObjectType, end: ObjectType, number: int) -> str:
    """Return HubSpot's older word for an association, such as ``deal_to_contact``."""
    plain = (start, end) in PRIMARY and number == DEFAULT[start, end]
    name = f"{start.singular}_to_{end.singular}"
    return f"{name}_unlabeled" if plain else name


def type_of(link: Link) -> str:
    """Return the older word for what a link says."""
    return type_name(link.start.type, link.end.type, link.type_id)


def type_number(start: ObjectType, end: ObjectType, name: str) -> int | None:
    """Return the number of an association by HubSpot's older word for it.

    None is the one without a label. Raises the fault that there is no such word.
    """
    pair = (start, end)
    base = f"{start.singular}_to_{end.singular}"
    if name in {base, f"{base}_unlabeled"} and pair in DEFAULT:
        return PRIMARY.get(pair) if name == base else None
    if name.isascii() and name.isdecimal() and _PAIRS.get(int(name[:9])) == pair:
        return int(name)
    raise bad_request(f"There is no association type {name[:100]} between these objects")


def type_objects(links: Sequence[Link]) -> list[dict[str, Any]]:
    """Return the types of *links* between two things, as the newer API writes them."""
    return [
        {
            "category": "HUBSPOT_DEFINED",
            "typeId": link.type_id,
            "label": label_of(link.start.type, link.end.type, link.type_id),
        }
        for link in links
    ]


def label_of(start: ObjectType, end: ObjectType, type_id: int) -> str | None:
    """Return the label of an association, which only the primary company's has."""
    return "Primary" if PRIMARY.get((start, end)) == type_id else None


def associated(links: Sequence[Link]) -> dict[str, Any]:
    """Return *links* of one record as the member ``associations`` of its JSON."""
    found: dict[str, Any] = {}
    for link in links:
        results = found.setdefault(link.end.type.value, {"results": []})["results"]
        results.append({"id": link.end.id, "type": type_of(link)})
    return found


def batch_error(
    message: str,
    category: str,
    *,
    context: Mapping[str, Any] | None = None,
    errors: Sequence[Any] = (),
) -> dict[str, Any]:
    """Return one error of a batch; official clients refuse it without every member."""
    return {
        "status": "error",
        "category": category,
        "message": message,
        "errors": list(errors),
        "context": dict(context or {}),
        "links": {},
    }


def batch_reply(
    results: Sequence[Mapping[str, Any]],
    errors: Sequence[Mapping[str, Any]],
    *,
    began: str,
    clock: Clock,
    made: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Return the reply to a batch that *began* then: *made*, or 207 with what went wrong."""
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": began,
        "completedAt": rfc3339(clock.now()),
    }
    if not errors:
        return reply(body, made)
    return reply({**body, "numErrors": len(errors), "errors": errors}, HTTPStatus.MULTI_STATUS)
