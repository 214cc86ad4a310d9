"""The two shapes that every body of the functions' pages is made of, and two shared ones.

Members are camelCase outside. What is sent to us is refused when it holds a member that
nobody knows; what we send may grow.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Shape(BaseModel):
    """What we send: camelCase outside, and no input is repeated in an error."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )


class Given(Shape):
    """What is sent to us: nothing but what is known."""

    model_config = ConfigDict(extra="forbid")


def _in_utc(given: datetime) -> datetime:
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise ValueError("no calendar has this time") from None


TimeGiven = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with an offset, as UTC."""


class Snippet(Shape):
    """How to call a function from somewhere, to be copied."""

    language: Literal["javascript", "curl", "python"]
    code: str


class TriggerShown(Shape):
    """What makes a function run; only the members of its kind are there."""

    kind: Literal["http", "schedule", "event"]
    method: Literal["GET", "POST"] | None = None
    auth: Literal["visitor", "key", "public"] | None = None
    site: str | None = None
    origins: list[str] | None = None
    url: str | None = None
    cron: str | None = None
    zone: str | None = None
    next_at: datetime | None = None
    last_at: datetime | None = None
    missed: int | None = None
    event: str | None = None
    snippets: list[Snippet] | None = None


class ManifestShown(Shape):
    """What a function says about itself, beside its triggers."""

    timeout_ms: int
    memory_bytes: int
    on_error: Literal["fail", "anonymous", "stale"]
    sensitive: list[str]
    dependencies: list[str]


JsonObject = dict[str, Any]
