"""A visitor as a request's body describes them."""

from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException

from callingcard.errors import Invalid
from callingcard.identity.model import PropertyValue, Visitor


class VisitorBody(BaseModel):
    """A visitor as a customer's backend describes them."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, hide_input_in_errors=True
    )

    email: Annotated[str, Field(max_length=320)] | None = None
    email_verified: bool = False
    user_id: Annotated[str, Field(max_length=200)] | None = None
    first_name: Annotated[str, Field(max_length=200)] = ""
    last_name: Annotated[str, Field(max_length=200)] = ""
    properties: dict[str, PropertyValue] = Field(default_factory=dict)


def visitor_body(raw: bytes, content_type: str) -> VisitorBody:
    """Return what *raw* describes, nobody when it is empty.

    Raises HTTPException for another media type than JSON's, Invalid with the reasons by
    field for another shape.
    """
    if not raw:
        return VisitorBody()
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json."
        )
    try:
        return VisitorBody.model_validate_json(raw)
    except ValidationError as error:
        raise Invalid(
            "The body is not of the expected shape.", fields=_reasons(error)
        ) from None


def described(body: VisitorBody) -> Visitor:
    """Return the visitor that a customer's backend describes; raises InvalidVisitor."""
    return Visitor(
        body.email,
        email_verified=body.email_verified,
        user_id=body.user_id,
        first_name=body.first_name,
        last_name=body.last_name,
        properties=body.properties,
    )


def _reasons(error: ValidationError) -> dict[str, str]:
    """Return what pydantic found, by the path of each member."""
    return {
        ".".join(str(part)[:80] for part in found["loc"]) or "body": found["msg"]
        for found in error.errors(
            include_url=False, include_context=False, include_input=False
        )
    }
