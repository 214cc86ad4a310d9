"""``GET /v1/sites/{site}/jwks.json``: the public keys that a platform checks our tokens with.

Salesforce fetches them from here. They are public, so nobody is asked who they are.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from callingcard.identity.errors import NoKeysPublished, UnknownSite

_MAX_AGE: Final = "public, max-age=3600"


class PublishingSite(Protocol):
    """What is looked at of a site; ``api.SiteIssuer`` has it."""

    @property
    def key_set(self) -> Mapping[str, Any] | None:
        """The JSON Web Key Set of the site's platform, None when it has none."""
        ...


def jwks_routes(sites: Mapping[str, PublishingSite]) -> APIRouter:
    """Return the route that publishes the keys of *sites*, looked up at each request."""
    router = APIRouter(tags=["tokens"])

    @router.get(
        "/v1/sites/{site}/jwks.json",
        operation_id="getKeySet",
        summary="Get the public keys that the site's platform checks tokens with",
    )
    async def keys(site: str) -> Response:
        found = sites.get(site)
        if found is None:
            raise UnknownSite
        if found.key_set is None:
            raise NoKeysPublished
        return JSONResponse(dict(found.key_set), headers={"Cache-Control": _MAX_AGE})

    return router
