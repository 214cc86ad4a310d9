"""How a property looks to HubSpot's clients, and how they describe a new one."""

from collections.abc import Sequence
from typing import Any

from callingcard.desk.api.hubspot.crm.schemas import OptionInput, PropertyInput
from callingcard.desk.model.properties import Option, Property, PropertyType
from callingcard.kit.codec import rfc3339


def wanted_property(given: PropertyInput) -> Property:
    """Return the property that a client wants to define."""
    return Property(
        name=given.name,
        label=given.label,
        type=PropertyType(given.type),
        field_type=given.field_type,
        group=given.group_name,
        description=given.description,
        options=options_of(given.options),
        visible_to_visitor=given.visible_to_visitor,
        hidden=given.hidden,
        display_order=given.display_order,
    )


def options_of(given: Sequence[OptionInput]) -> tuple[Option, ...]:
    """Return the options that a client gave a property."""
    return tuple(
        Option(
            option.value,
            option.label,
            description=option.description or "",
            display_order=option.display_order,
            hidden=option.hidden,
        )
        for option in given
    )


def shown(one: Property) -> dict[str, Any]:
    """Return a property as HubSpot's JSON, with our ``visibleToVisitor`` beside it."""
    found: dict[str, Any] = {
        "name": one.name,
        "label": one.label,
        "type": one.type.value,
        "fieldType": one.field_type,
        "groupName": one.group,
        "description": one.description,
        "options": [_option(option) for option in one.options],
        "displayOrder": one.display_order,
        "hidden": one.hidden,
        "hasUniqueValue": one.name in {"email", "hs_object_id"},
        "calculated": False,
        "externalOptions": False,
        "formField": not one.read_only,
        "hubspotDefined": one.built_in,
        "archived": one.archived,
        "visibleToVisitor": one.visible_to_visitor,
        "modificationMetadata": {
            "archivable": not one.built_in,
            "readOnlyDefinition": False,
            "readOnlyOptions": False,
            "readOnlyValue": one.read_only,
        },
    }
    if one.created_at is not None and one.updated_at is not None:
        found |= {"createdAt": rfc3339(one.created_at), "updatedAt": rfc3339(one.updated_at)}
        found |= {"archivedAt": rfc3339(one.updated_at)} if one.archived else {}
    return found


def _option(option: Option) -> dict[str, Any]:
    return {
        "label": option.label,
        "value": option.value,
        "description": option.description,
        "displayOrder": option.display_order,
        "hidden": option.hidden,
    }
