"""``callingcard invite``: a link for one person, to be sent to them by mail."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    services,
    settings_from,
    show,
    stderr,
)
from callingcard.identity.model import Visitor
from callingcard.identity.service.invites import invite_link
from callingcard.kit.codec import rfc3339
from callingcard.server.settings.model import Settings

if TYPE_CHECKING:
    from callingcard.identity.proofs.invite import MadeInvite


def invite(
    site: Annotated[str, typer.Option(help="A site of the settings.")],
    email: Annotated[str, typer.Option(help="Whom to invite; you vouch for the address.")],
    first_name: Annotated[str, typer.Option(help="The given name.")] = "",
    last_name: Annotated[str, typer.Option(help="The family name.")] = "",
    days: Annotated[int, typer.Option(min=1, max=7, help="How long it works.")] = 7,
    page: Annotated[str | None, typer.Option(help="A page of the site, for a link.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an invite: it proves who follows it, once."""
    visitor = Visitor(email, email_verified=True, first_name=first_name, last_name=last_name)
    made, url = run(_make(settings_from(config), site, visitor, days, page))
    data = {"invite": made.token, "expiresAt": rfc3339(made.expires_at)}
    show(
        data if url is None else {**data, "url": url}, as_json=as_json, text=url or made.token
    )
    if not as_json:
        stderr.print("Whoever has it is taken to be this person, once: send it to no other.")


async def _make(
    settings: Settings, site: str, visitor: Visitor, days: int, page: str | None
) -> "tuple[MadeInvite, str | None]":
    """Make the invite, and its link when there is a page."""
    async with services(settings) as opened:
        origins = opened.site(site).origins
        life = timedelta(days=days)
        made = opened.invites.make(site, visitor, opened.clock.now(), life=life)
    return made, None if page is None else invite_link(page, made.token, origins)
