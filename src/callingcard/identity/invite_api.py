"""``POST /v1/sites/{site}/invites``: a server key in, an invite for one person out.

Invariant: a publishable key makes no invite. Everybody can read one in a page, and
an invite is a proof.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final, Protocol, TypeAlias

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from callingcard.errors import Invalid
from callingcard.identity.errors import BodyTooLarge, KeyNotAllowed, UnknownSite
from callingcard.identity.model import PropertyValue, Visitor
from callingcard.identity.proofs.invite import MAX_LIFE
from callingcard.identity.service.invites import InviteDesk, invite_link
from callingcard.kit.actor import Actor, Scope
from callingcard.kit.clock import Clock, SystemClock

MAX_BODY_BYTES: Final = 16_384

_PATH: Final = "/v1/sites/{site}/invites"
_PAGE_KEY: Final = "bearer cc_pk_"
_MOST_SECONDS: Final = int(MAX_LIFE.total_seconds())

AuthenticateKey: TypeAlias = Callable[[Request], Awaitable[Actor]]


class InvitingSite(Protocol):
    """What is looked at of a site; ``api.SiteIssuer`` has it."""

    @property
    def origins(self) -> frozenset[str]:
        """The origins of the site's pages."""
        ...


class _Wire(BaseModel):
    """JSON as the outside writes it: camelCase, and nothing unknown."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
    )


class InviteBody(_Wire):
    """Whom to invite: the caller vouches for the address."""

    email: Annotated[str, Field(max_length=320)]
    first_name: Annotated[str, Field(max_length=200)] = ""
    last_name: Annotated[str, Field(max_length=200)] = ""
    user_id: Annotated[str, Field(max_length=200)] | None = None
    properties: dict[str, PropertyValue] = Field(default_factory=dict)
    life: Annotated[int, Field(ge=60, le=_MOST_SECONDS)] = Field(
        default=_MOST_SECONDS, description="Seconds until it ends; seven days at most."
    )
    page: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None, description="A page of the site, to get a link to it with the invite."
    )


class InviteAnswer(_Wire):
    """An invite: a credential for whoever has it, once."""

    model_config = ConfigDict(populate_by_name=True)  # only we fill it in

    invite: str
    expires_at: datetime
    url: str | None = None


_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": InviteBody.model_json_schema()}},
    }
}


def invite_routes(
    sites: Mapping[str, InvitingSite],
    invites: InviteDesk,
    authenticate_key: AuthenticateKey,
    *,
    clock: Clock | None = None,
) -> APIRouter:
    """Return the route that makes invites for *sites*, looked up at each request.

    *authenticate_key* returns whose key the request bears, or raises NotAllowed.
    """
    router = APIRouter(tags=["tokens"])
    now = (clock or SystemClock()).now

    @router.post(
        _PATH,
        status_code=HTTPStatus.CREATED,
        response_model_exclude_none=True,
        operation_id="createInvite",
        summary="Make an invite that a mail can carry",
        openapi_extra=_BODY,
    )
    async def create(site: str, request: Request, response: Response) -> InviteAnswer:
        await _check_key(site, request, authenticate_key)
        if site not in sites:
            raise UnknownSite
        body = await _read(request)
        made = invites.make(site, _visitor(body), now(), life=timedelta(seconds=body.life))
        url: str | None = None
        if body.page is not None:
            url = invite_link(body.page, made.token, sites[site].origins)
        response.headers["Cache-Control"] = "no-store, private"
        return InviteAnswer(invite=made.token, expires_at=made.expires_at, url=url)

    return router


async def _check_key(site: str, request: Request, authenticate: AuthenticateKey) -> None:
    """Raise unless the request bears a server key that may vouch for visitors of *site*."""
    given = request.headers.get("authorization", "")
    if given.lower().startswith(_PAGE_KEY):
        raise KeyNotAllowed
    actor = await authenticate(request)
    if not actor.may(Scope.TOKENS, site=site):
        raise KeyNotAllowed


async def _read(request: Request) -> InviteBody:
    """Return the body, as far as we are willing to read; raises BodyTooLarge or Invalid."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            raise BodyTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")
    try:
        return InviteBody.model_validate_json(bytes(raw))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        fields = {".".join(str(part)[:80] for part in one["loc"]): one["msg"] for one in found}
        raise Invalid("The body is not of the expected shape.", fields=fields) from None


def _visitor(body: InviteBody) -> Visitor:
    """Return the visitor whom the caller vouches for; raises InvalidVisitor."""
    return Visitor(
        body.email,
        email_verified=True,
        user_id=body.user_id,
        first_name=body.first_name,
        last_name=body.last_name,
        properties=body.properties,
    )
