"""``callingcard token``: one identity token from the shell, to see a site work."""

from typing import Annotated

import typer

from callingcard.cli.output import ConfigOption, JsonOption, run, services, settings_from, show
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.server.settings.model import Settings


def token(
    site: Annotated[str, typer.Option(help="A site of the settings.")],
    email: Annotated[str, typer.Option(help="The visitor's address; you vouch for it.")],
    first_name: Annotated[str, typer.Option(help="The given name.")] = "",
    last_name: Annotated[str, typer.Option(help="The family name.")] = "",
    user_id: Annotated[str | None, typer.Option(help="Your own id of the visitor.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Issue one token for a visitor whom you vouch for."""
    visitor = Visitor(
        email=email,
        email_verified=True,
        user_id=user_id,
        first_name=first_name,
        last_name=last_name,
    )
    issued = run(_issue(settings_from(config), site, visitor))
    data = {
        "platform": issued.platform,
        "token": issued.value,
        "expiresAt": issued.expires_at and issued.expires_at.isoformat(),
        "refreshAt": issued.refresh_at and issued.refresh_at.isoformat(),
        "settings": dict(issued.settings),
    }
    show(data, as_json=as_json, text=issued.value)


async def _issue(settings: Settings, site: str, visitor: Visitor) -> IdentityToken:
    """Ask the site's platform for a token."""
    async with services(settings) as opened:
        return await opened.site(site).issuer.issue(visitor)
