"""``/v1/inboxes``: what an inbox asks of visitors, and the keys that sign for them.

Invariant: a key's secret goes out in the answer that made it and in no other.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, Literal, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field, SecretStr

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.schemas import Ask, Moment, Wire
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.errors import KeyNotFound
from callingcard.desk.model.audit import who_of
from callingcard.desk.model.visitors import Identify, Inbox, SigningKey
from callingcard.desk.service.visitors.inboxes import InboxChanges, InboxDesk
from callingcard.desk.service.visitors.signing_examples import examples
from callingcard.desk.service.visitors.tokens import PROPERTIES
from callingcard.kit.actor import Actor

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]

_NAME: Final = Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="The inbox.")
_KID: Final = Path(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="The key.")

log = structlog.get_logger("callingcard.desk")


class InboxOut(Wire):
    """An inbox, and what it asks of visitors."""

    id: str
    name: str
    title: str
    answered_by: str
    welcome: str
    identification: Identify
    enforced: bool
    props: list[str]

    @classmethod
    def of(cls, inbox: Inbox) -> "InboxOut":
        """Write *inbox* down, with the properties that tokens may state now."""
        return cls(
            id=inbox.id,
            name=inbox.name,
            title=inbox.title,
            answered_by=inbox.answered_by,
            welcome=inbox.welcome,
            identification=inbox.identification,
            enforced=inbox.enforced,
            props=sorted(PROPERTIES if inbox.props is None else inbox.props),
        )


class InboxesAnswer(Wire):
    """Every inbox, by name."""

    results: list[InboxOut]


class NewInbox(Ask):
    """An inbox to make; its name is in the address of its chat and stays."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    title: Annotated[str, Field(min_length=1, max_length=200)] = "Chat"


class ChangeInbox(Ask):
    """What to change of an inbox; what is absent stays."""

    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    answered_by: Annotated[str, Field(max_length=200)] | None = None
    welcome: Annotated[str, Field(max_length=2000)] | None = None
    identification: Literal["off", "optional", "required"] | None = None
    enforced: bool | None = None
    props: Annotated[list[str], Field(max_length=100)] | None = None


class NewKey(Ask):
    """A key to trust: a public one with its algorithm, or else one that we make up."""

    kid: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    algorithm: Literal["HS256", "RS256", "ES256", "EdDSA"] = "HS256"
    public_key: Annotated[str, Field(max_length=8000)] | None = None
    secret: SecretStr | None = None
    """Your own for HS256; one is made when there is none."""


class KeyOut(Wire):
    """A key, without what signs."""

    kid: str
    algorithm: str
    masked: str
    created_at: Moment
    last_used_at: Moment | None

    @classmethod
    def of(cls, key: SigningKey) -> "KeyOut":
        """Write *key* down."""
        return cls(
            kid=key.kid,
            algorithm=key.algorithm,
            masked=key.masked,
            created_at=key.created_at,
            last_used_at=key.last_used_at,
        )


class KeyMade(KeyOut):
    """A new key, with its secret for this once; null for one that is yours."""

    secret: str | None = None


class KeysAnswer(Wire):
    """The keys that count, the newest first."""

    results: list[KeyOut]


class ExampleOut(Wire):
    """A program that signs a visitor in, to be copied into a backend."""

    language: str
    file: str
    code: str


class ExamplesAnswer(Wire):
    """How to sign with a key, in several languages."""

    results: list[ExampleOut]


def inbox_setting_routes(inboxes: InboxDesk, who: WhoCalls) -> APIRouter:
    """Return the routes; *who* finds out who asks."""

    async def guard(request: Request, response: Response) -> None:
        response.headers.update(NO_STORE)
        await who(request)

    router = APIRouter(prefix="/v1/inboxes", tags=["inboxes"], dependencies=[Depends(guard)])

    @router.get("", operation_id="listInboxes")
    async def list_inboxes() -> InboxesAnswer:
        """List the inboxes."""
        return InboxesAnswer(results=[InboxOut.of(one) for one in await inboxes.all()])

    @router.post(
        "", status_code=201, operation_id="createInbox", openapi_extra=accepts(NewInbox)
    )
    async def create_inbox(
        request: Request, actor: Annotated[Actor, Depends(who)]
    ) -> InboxOut:
        """Make an inbox."""
        asked = await read_body(request, NewInbox)
        made = await inboxes.make(asked.name, asked.title, by=who_of(actor))
        return InboxOut.of(made)

    @router.get("/{inbox}", operation_id="getInbox")
    async def get_inbox(inbox: Annotated[str, _NAME]) -> InboxOut:
        """Show an inbox."""
        return InboxOut.of(await inboxes.get(inbox))

    @router.patch("/{inbox}", operation_id="changeInbox", openapi_extra=accepts(ChangeInbox))
    async def change_inbox(
        request: Request,
        actor: Annotated[Actor, Depends(who)],
        inbox: Annotated[str, _NAME],
    ) -> InboxOut:
        """Change an inbox, from the next visitor on."""
        asked = await read_body(request, ChangeInbox)
        given = asked.model_dump(exclude={"identification"})
        mode = None if asked.identification is None else Identify(asked.identification)
        changes = InboxChanges(**given, identification=mode)
        changed = await inboxes.change(inbox, changes, by=who_of(actor))
        log.info("inbox changed", audit=True, inbox=inbox, by=_by(actor))
        return InboxOut.of(changed)

    _add_key_routes(router, inboxes, who)
    return router


def _add_key_routes(router: APIRouter, inboxes: InboxDesk, who: WhoCalls) -> None:
    """Add the routes of the inbox's keys."""

    @router.get("/{inbox}/keys", operation_id="listSigningKeys")
    async def list_keys(inbox: Annotated[str, _NAME]) -> KeysAnswer:
        """List the keys that count; secrets are never shown."""
        return KeysAnswer(results=[KeyOut.of(key) for key in await inboxes.keys(inbox)])

    @router.post(
        "/{inbox}/keys",
        status_code=201,
        operation_id="createSigningKey",
        openapi_extra=accepts(NewKey),
    )
    async def create_key(
        request: Request,
        actor: Annotated[Actor, Depends(who)],
        inbox: Annotated[str, _NAME],
    ) -> KeyMade:
        """Make a key, or trust a public one; up to five count at a time."""
        asked = await read_body(request, NewKey)
        secret: str | None = None
        if asked.algorithm == "HS256":
            own = None if asked.secret is None else asked.secret.get_secret_value()
            key, made = await inboxes.create_key(
                inbox, kid=asked.kid, secret=own, by=who_of(actor)
            )
            secret = made if own is None else None
        else:
            key = await inboxes.trust_key(
                inbox,
                algorithm=asked.algorithm,
                public_key=asked.public_key or "",
                kid=asked.kid,
                by=who_of(actor),
            )
        log.info("signing key made", audit=True, inbox=inbox, kid=key.kid, by=_by(actor))
        return KeyMade(**KeyOut.of(key).model_dump(by_alias=False), secret=secret)

    @router.delete("/{inbox}/keys/{kid}", status_code=204, operation_id="revokeSigningKey")
    async def revoke_key(
        actor: Annotated[Actor, Depends(who)],
        inbox: Annotated[str, _NAME],
        kid: Annotated[str, _KID],
    ) -> Response:
        """Revoke a key: tokens that it signed prove nothing from now on."""
        if not await inboxes.revoke_key(kid, inbox=inbox, by=who_of(actor)):
            raise KeyNotFound("the inbox has no live key with this kid")
        log.info("signing key revoked", audit=True, inbox=inbox, kid=kid, by=_by(actor))
        return Response(status_code=204, headers=NO_STORE)

    @router.get("/{inbox}/keys/{kid}/examples", operation_id="listSigningExamples")
    async def list_examples(
        inbox: Annotated[str, _NAME], kid: Annotated[str, _KID]
    ) -> ExamplesAnswer:
        """Show how to sign with a key, in several languages."""
        for key in await inboxes.keys(inbox):
            if key.kid == kid:
                shown = examples(key, inbox)
                return ExamplesAnswer(
                    results=[
                        ExampleOut(language=one.language, file=one.file, code=one.code)
                        for one in shown
                    ]
                )
        raise KeyNotFound("the inbox has no live key with this kid")


def _by(actor: Actor) -> str:
    return f"{actor.kind} {actor.id}"
