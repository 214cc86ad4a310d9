"""Makes sites' settings complete: documents checked, secrets of the sealed store filled in.

Invariant: one site that cannot be completed is no reason to do without the others.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from callingcard.errors import ConfigError, NotFound
from callingcard.server.settings.loading import explained
from callingcard.server.settings.sealed import Reveal, revealed
from callingcard.server.settings.sites import SiteSection


async def nothing_sealed(name: str) -> str:
    """Find no secret, for a house without a sealed store; raises NotFound."""
    raise NotFound(f"There is no secret {name}.")


def checked(name: str, document: dict[str, Any] | None) -> SiteSection | ConfigError:
    """Return the section in the *document* of the site *name*, or why there is none."""
    if document is None:
        return ConfigError(
            f"sites.{name}: the settings made in the app cannot be opened",
            hint="They were sealed under a secret key that is gone: restore it, or set them"
            " anew.",
        )
    try:
        return SiteSection.model_validate(document)
    except ValidationError as error:
        return explained(error, SiteSection, f"sites.{name}")


async def all_revealed(
    sections: Mapping[str, SiteSection | ConfigError], reveal: Reveal
) -> tuple[dict[str, SiteSection], dict[str, ConfigError]]:
    """Return the sections with the secrets that they name, and why others have none."""
    good: dict[str, SiteSection] = {}
    bad: dict[str, ConfigError] = {}
    for name, section in sections.items():
        if isinstance(section, ConfigError):
            bad[name] = section
            continue
        try:
            good[name] = await revealed(section, reveal, path=f"sites.{name}")
        except ConfigError as error:
            bad[name] = error
    return good, bad
