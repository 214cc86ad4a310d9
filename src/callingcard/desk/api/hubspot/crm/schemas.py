"""The bodies that HubSpot's clients send about contacts, companies and deals."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from callingcard.desk.api.hubspot.schemas import MAX_BATCH, Body, Properties

MAX_TIES = 100
"""How many associations a new record can be given at once."""


class TypeInput(Body):
    """What one thing is to another: HubSpot's number for it."""

    association_category: Literal["HUBSPOT_DEFINED"]
    association_type_id: StrictInt


class IdInput(Body):
    """A thing by its id; some clients send numbers."""

    id: StrictStr | StrictInt


class TieInput(Body):
    """What a new record is to be associated with."""

    to: IdInput
    types: Annotated[list[TypeInput], Field(min_length=1, max_length=10)]


class RecordInput(Body):
    """A new record, or changes to one; null clears a property."""

    properties: Properties
    associations: Annotated[list[TieInput], Field(max_length=MAX_TIES)] | None = None


class ChangeInput(Body):
    """Changes to the record with this id, or with this value of *id_property*."""

    id: StrictStr
    properties: Properties
    id_property: StrictStr | None = None


class KeyInput(Body):
    """A record by its id, or by what ``idProperty`` beside it names."""

    id: StrictStr


class ReadBatch(Body):
    """Which records to read, and which of their properties."""

    inputs: Annotated[list[KeyInput], Field(max_length=MAX_BATCH)]
    properties: tuple[StrictStr, ...] = ()
    properties_with_history: tuple[StrictStr, ...] = ()
    id_property: StrictStr | None = None


class KeyBatch(Body):
    """Some records."""

    inputs: Annotated[list[KeyInput], Field(max_length=MAX_BATCH)]


class CreateBatch(Body):
    """Some new records."""

    inputs: Annotated[list[RecordInput], Field(max_length=MAX_BATCH)]


class ChangeBatch(Body):
    """Some changes, each to a record of its own."""

    inputs: Annotated[list[ChangeInput], Field(max_length=MAX_BATCH)]


class MergeInput(Body):
    """Which record survives, and which goes into it."""

    primary_object_id: StrictStr
    object_id_to_merge: StrictStr


class EraseInput(Body):
    """Which record to forget for good."""

    object_id: StrictStr
    id_property: StrictStr | None = None


class TypeBatch(Body):
    """A list of types, which HubSpot sends without an object around it."""

    items: Annotated[list[TypeInput], Field(min_length=1, max_length=10)]


class PairInput(Body):
    """Two things; *types* in the newer API, *type* in the older one."""

    start: Annotated[IdInput, Field(alias="from")]
    to: IdInput
    types: Annotated[tuple[TypeInput, ...], Field(max_length=10)] = ()
    type: StrictStr | None = None


class PairBatch(Body):
    """Some pairs."""

    inputs: Annotated[list[PairInput], Field(max_length=MAX_BATCH)]


class EndsInput(Body):
    """One thing, and those it is to be parted from."""

    start: Annotated[IdInput, Field(alias="from")]
    to: Annotated[list[IdInput], Field(max_length=MAX_BATCH)]


class EndsBatch(Body):
    """Some things, and what each is to be parted from."""

    inputs: Annotated[list[EndsInput], Field(max_length=MAX_BATCH)]


class StartBatch(Body):
    """Some things whose associations are asked for."""

    inputs: Annotated[list[IdInput], Field(max_length=MAX_BATCH)]


class OptionInput(Body):
    """One of the values that a property allows."""

    value: StrictStr
    label: StrictStr
    description: StrictStr | None = None
    display_order: StrictInt = -1
    hidden: StrictBool = False


FieldType = Annotated[StrictStr, Field(max_length=32)]
Group = Annotated[StrictStr, Field(pattern=r"^[a-z0-9_-]{0,100}$")]
Label = Annotated[StrictStr, Field(max_length=250)]
Description = Annotated[StrictStr, Field(max_length=10_000)]
Order = Annotated[StrictInt, Field(ge=-1, le=1_000_000)]


class PropertyInput(Body):
    """A new property. *visible_to_visitor* is ours: whether a chat may quote it."""

    name: StrictStr
    label: Label
    type: Literal["string", "number", "bool", "enumeration", "date", "datetime"]
    field_type: FieldType
    group_name: Group
    description: Description = ""
    options: tuple[OptionInput, ...] = ()
    hidden: StrictBool = False
    display_order: Order = -1
    has_unique_value: Literal[False] = False
    """Only addresses are unique here."""
    visible_to_visitor: StrictBool = False


class PropertyBatch(Body):
    """Some new properties."""

    inputs: Annotated[list[PropertyInput], Field(max_length=MAX_BATCH)]


class NameInput(Body):
    """A property by its name."""

    name: StrictStr


class NameBatch(Body):
    """Some properties."""

    inputs: Annotated[list[NameInput], Field(max_length=MAX_BATCH)]
    archived: StrictBool = False


class GroupInput(Body):
    """A new group of properties."""

    name: Group
    label: Label
    display_order: Order = -1


class GroupChange(Body):
    """What to change of a group of properties."""

    label: Label | None = None
    display_order: Order | None = None


class PropertyChange(Body):
    """What to change of a property; a type cannot change, and is compared only."""

    label: Label | None = None
    type: StrictStr | None = None
    field_type: FieldType | None = None
    group_name: Group | None = None
    description: Description | None = None
    options: list[OptionInput] | None = None
    hidden: StrictBool | None = None
    display_order: Order | None = None
    visible_to_visitor: StrictBool | None = None
