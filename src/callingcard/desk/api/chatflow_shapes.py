"""The shapes of ``/v1/chatflows``."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from callingcard.desk.api.schemas import Moment, Wire
from callingcard.desk.chatflows.talk import Answered, Say
from callingcard.desk.model.chatflows import FlowVersion, PropertyInfo, StoredFlow
from callingcard.desk.model.conversations import Priority
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.service.flows.imagining import Imagined, Somebody

_Short = Annotated[str, StringConstraints(max_length=4000)]
_Name = Annotated[str, StringConstraints(max_length=150)]
_Values = Annotated[dict[_Name, Any], Field(max_length=500)]


class Given(BaseModel):
    """Base of what comes in: nothing but what is known, and no value in an error."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", hide_input_in_errors=True
    )


class FlowShown(Wire):
    """A chatflow without its documents."""

    name: str
    inbox: str
    enabled: bool
    priority: int
    version: int
    """0 until something was published."""
    has_draft: bool
    updated_at: Moment

    @classmethod
    def of(cls, flow: StoredFlow) -> "FlowShown":
        """Write *flow* down."""
        return cls(**_fields(flow))


class FlowListed(FlowShown):
    """A chatflow in the list of all."""

    runs: int
    """In how many conversations it has talked."""

    @classmethod
    def counted(cls, flow: StoredFlow, runs: int) -> "FlowListed":
        """Write *flow* down."""
        return cls(**_fields(flow), runs=runs)


class FlowsAnswer(Wire):
    """Every chatflow, the highest priority first."""

    results: list[FlowListed]


class PropertyShown(Wire):
    """Something that conditions may ask about."""

    name: str
    """Such as ``contact.plan``."""
    kind: Literal["string", "number", "bool", "enum", "date"]
    label: str
    visible: bool
    """Whether a text may quote it to a visitor."""
    writable: bool
    """Whether a question or a form may save to it."""
    options: list[str]
    """The values of an ``enum``."""

    @classmethod
    def of(cls, info: PropertyInfo) -> "PropertyShown":
        """Write *info* down."""
        return cls(
            name=info.name,
            kind=info.kind,
            label=info.label,
            visible=info.visible,
            writable=info.writable,
            options=list(info.options),
        )


class PropertiesAnswer(Wire):
    """What conditions may ask about and texts may quote, by name."""

    results: list[PropertyShown]


class FlowDetail(FlowShown):
    """A chatflow with its documents."""

    document: dict[str, Any] | None
    draft: dict[str, Any] | None
    warnings: list[str]
    """What is allowed and probably not meant; known after a change only."""

    @classmethod
    def of(cls, flow: StoredFlow, warnings: Sequence[str] = ()) -> "FlowDetail":
        """Write *flow* down."""
        return cls(
            **_fields(flow),
            document=None if flow.document is None else dict(flow.document),
            draft=None if flow.draft is None else dict(flow.draft),
            warnings=list(warnings),
        )


def _fields(flow: StoredFlow) -> dict[str, Any]:
    return {
        "name": flow.name,
        "inbox": flow.inbox,
        "enabled": flow.enabled,
        "priority": flow.priority,
        "version": flow.version,
        "has_draft": flow.draft is not None,
        "updated_at": flow.updated_at,
    }


class FlowVersionShown(Wire):
    """Something that was published."""

    version: int
    published_at: Moment
    published_by: str
    document: dict[str, Any]

    @classmethod
    def of(cls, version: FlowVersion) -> "FlowVersionShown":
        """Write *version* down."""
        return cls(
            version=version.version,
            published_at=version.published_at,
            published_by=version.published_by,
            document=dict(version.document),
        )


class VersionsAnswer(Wire):
    """What was published, newest first."""

    results: list[FlowVersionShown]


class EnableGiven(Given):
    """Whether a chatflow talks."""

    enabled: bool


class RollBackGiven(Given):
    """The version to publish again."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]


class PageGiven(Given):
    """Where the visitor is."""

    url: Annotated[str, StringConstraints(max_length=2000)] = ""


class InputGiven(Given):
    """What the visitor does: writes, presses a button, or sends a form."""

    text: _Short = ""
    value: _Short | None = None
    values: dict[_Name, _Short] | None = None

    def answered(self) -> Answered:
        """Return it as the machine takes it."""
        if self.values is not None:
            values = {
                name if "." in name else f"contact.{name}": text
                for name, text in self.values.items()
            }
            return Answered(self.text, values)
        return Answered(self.text if self.value is None else self.value)


class SimulateGiven(Given):
    """Somebody to try a chatflow on."""

    contact: _Values = Field(default_factory=dict)
    company: _Values = Field(default_factory=dict)
    deals: Annotated[list[_Values], Field(max_length=100)] = Field(
        default_factory=list[dict[str, Any]]
    )
    page: PageGiven = Field(default_factory=PageGiven)
    evidence: Evidence = Evidence.ANONYMOUS
    now: AwareDatetime | None = None
    inputs: Annotated[list[_Short | InputGiven], Field(max_length=100)] = Field(
        default_factory=list[str | InputGiven]
    )
    returns: _Values = Field(default_factory=dict)
    """By step: what its function returns, or its webhook replies."""
    document: dict[str, Any] | None = None
    """A document to try instead of the one that is kept."""
    draft: bool = False

    def somebody(self) -> Somebody:
        """Return who it is."""
        return Somebody(
            contact=self.contact,
            company=self.company,
            deals=self.deals,
            page=self.page.url,
            evidence=self.evidence,
            now=self.now,
            inputs=[
                Answered(one) if isinstance(one, str) else one.answered()
                for one in self.inputs
            ],
            returns=self.returns,
        )


class LineShown(Wire):
    """One line of the talk."""

    author: str
    text: str
    options: list[dict[str, Any]] | None = None
    form: dict[str, Any] | None = None
    values: dict[str, str] | None = None

    @classmethod
    def of(cls, author: str, say: Say) -> "LineShown":
        """Write a line down."""
        return cls(author=author, text=say.text, **dict(say.data or {}))


class RouteShown(Wire):
    """Where the conversation would go."""

    team: str | None
    agent: str | None = None
    priority: Priority
    rule: str | None


class SimulationShown(Wire):
    """What a visitor would see, what would be kept, and why."""

    messages: list[LineShown]
    route: RouteShown | None
    contact_changes: dict[str, str]
    trace: list[dict[str, Any]]
    warnings: list[str]

    @classmethod
    def of(cls, found: Imagined) -> "SimulationShown":
        """Write what was imagined down."""
        route = found.route
        return cls(
            messages=[LineShown.of(author, say) for author, say in found.talk.says],
            route=None
            if route is None
            else RouteShown(team=route.team, priority=route.priority, rule=route.rule),
            contact_changes={
                name.removeprefix("contact."): text
                for name, text in found.talk.changes.items()
            },
            trace=[dict(line) for line in found.trace],
            warnings=list(found.warnings),
        )
