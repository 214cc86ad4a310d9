"""Every path of HubSpot's CRM, and what a key needs to be allowed to use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from callingcard.desk.api.hubspot.calls import Operation, Paths
from callingcard.desk.api.hubspot.crm.associations import association_paths
from callingcard.desk.api.hubspot.crm.batches import BatchEndpoints
from callingcard.desk.api.hubspot.crm.directory import directory_paths
from callingcard.desk.api.hubspot.crm.properties import property_paths
from callingcard.desk.api.hubspot.crm.records import (
    EndingEndpoints,
    RecordEndpoints,
)
from callingcard.desk.api.hubspot.crm.shapes import TYPE_IDS
from callingcard.desk.model.audit import who_of
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.objects import ObjectType
from callingcard.desk.ports.crm import Eraser, Merger, Owners
from callingcard.desk.service.crm.batches import RecordBatches
from callingcard.desk.service.crm.contact_batches import ContactBatches
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.crm.linking import AssociationDesk
from callingcard.desk.service.crm.objects import ObjectBatches, ObjectDesk
from callingcard.desk.service.crm.records import RecordDesk, RecordType
from callingcard.desk.service.crm.registry import PropertyDesk
from callingcard.kit.actor import Actor
from callingcard.kit.clock import Clock

BASES: Final = ("/crm/v3/objects/{}", "/crm/objects/2026-03/{}")
"""Where records are; a kind is there by its name and, for newer clients, by its number."""


@dataclass(frozen=True, slots=True)
class Things:
    """The use cases of companies, or of deals."""

    desk: ObjectDesk
    batches: ObjectBatches


@dataclass(frozen=True, slots=True)
class CrmServices:
    """What the CRM's API needs of the rest of the desk, and of the house."""

    contacts: ContactDesk
    batches: ContactBatches
    companies: Things
    deals: Things
    properties: PropertyDesk
    associations: AssociationDesk
    owners: Owners
    merger: Merger
    eraser: Eraser
    clock: Clock


def crm_paths(crm: CrmServices) -> Paths:
    """Return the operations on contacts, companies, deals and what belongs to them."""

    async def merge(survivor: str, other: str, by: Actor) -> object:
        return await crm.merger.merge(ContactId(survivor), ContactId(other), by=who_of(by))

    async def erase(contact_id: str, by: Actor) -> object:
        return await crm.eraser.erase(ContactId(contact_id), by)

    contacts = EndingEndpoints(crm.contacts, merge, erase)
    return {
        **record_paths(crm.contacts, crm.batches, crm.clock),
        **_under_bases(ObjectType.CONTACTS, _endings(contacts)),
        **_thing_paths(crm.companies, crm.clock),
        **_thing_paths(crm.deals, crm.clock),
        **property_paths(crm.properties, crm.clock),
        **association_paths(crm.associations, crm.clock),
        **directory_paths(crm.owners),
    }


def record_paths(
    desk: RecordDesk[RecordType], batches: RecordBatches[RecordType], clock: Clock
) -> Paths:
    """Return the operations on one kind of record, under each of its base paths."""
    one = RecordEndpoints(desk)
    many = BatchEndpoints(desk, batches, clock)
    read, write = scopes(desk.type)
    table = {
        "": {"GET": Operation(one.page, read), "POST": Operation(one.create, write)},
        "/search": {"POST": Operation(one.search, read)},
        "/batch/read": {"POST": Operation(many.read, read)},
        "/batch/create": {"POST": Operation(many.create, write)},
        "/batch/update": {"POST": Operation(many.update, write)},
        "/batch/upsert": {"POST": Operation(many.upsert, write)},
        "/batch/archive": {"POST": Operation(many.archive, write)},
        "/{record}": {
            "GET": Operation(one.get, read),
            "PATCH": Operation(one.update, write),
            "DELETE": Operation(one.archive, write),
        },
    }
    return _under_bases(desk.type, table)


def scopes(kind: ObjectType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return HubSpot's names for being allowed to read, and to write."""
    return (f"crm.objects.{kind}.read",), (f"crm.objects.{kind}.write",)


def _thing_paths(things: Things, clock: Clock) -> Paths:
    desk = things.desk

    async def merge(survivor: str, other: str, _by: Actor) -> object:
        return await desk.merge(survivor, other)

    async def erase(object_id: str, _by: Actor) -> object:
        return await desk.erase(object_id)

    endings = EndingEndpoints(desk, merge, erase)
    return {
        **record_paths(desk, things.batches, clock),
        **_under_bases(desk.type, _endings(endings)),
    }


def _endings(endpoints: EndingEndpoints[RecordType]) -> Paths:
    _read, write = scopes(endpoints.desk.type)
    return {
        "/merge": {"POST": Operation(endpoints.merge, write)},
        "/gdpr-delete": {"POST": Operation(endpoints.erase, write)},
    }


def _under_bases(kind: ObjectType, table: Paths) -> Mapping[str, Mapping[str, Operation]]:
    return {
        f"{base.format(name)}{path}": methods
        for base in BASES
        for name in (kind.value, kind.singular, TYPE_IDS[kind])
        for path, methods in table.items()
    }
