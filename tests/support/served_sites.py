"""The whole product in process over a settings file that a test writes and rewrites."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from callingcard.identity.signing import sign_hs256
from callingcard.kit.actor import Role, Scope
from callingcard.server.app import create_app
from callingcard.server.settings.loading import load, read
from callingcard.server.wiring import Services, open_services
from tests.support.ready import place_database

SECRET = "the shop's own secret, 32 bytes or more"
OTHER_SECRET = "another secret of the shop, just as long"
DESK_SECRET = "the desk's secret, of 32 bytes or more"
ORIGIN = "https://shop.example"
URL = "http://127.0.0.1:8400"


def shop(*keys: tuple[str, str], name: str = "shop", secret: str = DESK_SECRET) -> str:
    """Return a site whose platform signs locally, with these (kid, secret) of its backend."""
    listed = ", ".join(f'{{ kid = "{kid}", secret = "{key}" }}' for kid, key in keys)
    return f"""
[sites.{name}]
platform = "desk"
origins = ["{ORIGIN}"]
[sites.{name}.jwt]
issuer = "shop"
keys = [{listed}]
[sites.{name}.desk]
base_url = "http://127.0.0.1:8400"
inbox = "web"
key_id = "k"
secret = "{secret}"
"""


def hubspot(url: str, access: str = "pat-one", *, name: str = "crm") -> str:
    """Return a site for server keys whose platform is called at *url*."""
    return f"""
[sites.{name}]
platform = "hubspot"
proof = "key"
[sites.{name}.hubspot]
access_token = "{access}"
base_url = "{url}"
"""


def proof(kid: str = "k1", secret: str = SECRET, **more: Any) -> dict[str, str]:
    """Return the headers of a visitor whom the shop's backend has signed in."""
    now = int(time.time())
    claims = {
        "iss": "shop",
        "aud": "callingcard",
        "iat": now,
        "exp": now + 300,
        "email": "ada@example.com",
        **more,
    }
    return {"Authorization": f"Bearer {sign_hs256(claims, secret, kid=kid)}"}


class Served:
    """A server in process: its services, and a client that calls it."""

    def __init__(self, file: Path, services: Services, client: httpx.AsyncClient) -> None:
        self.file = file
        self.services = services
        self.client = client
        self.admin: dict[str, str] = {}
        self.backend: dict[str, str] = {}

    def write(self, text: str) -> None:
        """Write the settings file anew."""
        self.file.write_text(settings_text(self.file, text), encoding="utf-8")

    async def keys(self) -> None:
        """Make an admin's key and a backend's."""
        _, admin = await self.services.keys.create("admin", [Scope.ADMIN])
        _, backend = await self.services.keys.create("backend", [Scope.TOKENS])
        self.admin = {"Authorization": f"Bearer {admin}"}
        self.backend = {"Authorization": f"Bearer {backend}"}

    async def cookie(self, role: Role) -> dict[str, str]:
        """Sign somebody of this *role* in, and return the headers of their own page."""
        email = f"{role.value}@shop.example"
        user, _ = await self.services.users.add(
            email, role.value, role=role, password="correct horse"
        )
        secret = await self.services.agent_sessions.start(user)
        return {"Cookie": f"callingcard-8400={secret}", "Sec-Fetch-Site": "same-origin"}

    async def token(self, site: str = "shop", **headers: str) -> httpx.Response:
        """Ask for a visitor's token."""
        return await self.client.post(f"/v1/sites/{site}/token", headers=headers)

    async def vouch(self, site: str = "crm", email: str = "ada@example.com") -> httpx.Response:
        """Ask for a token as the site's backend."""
        body = {"email": email, "emailVerified": True}
        path = f"/v1/sites/{site}/token"
        return await self.client.post(path, headers=self.backend, json=body)

    async def admin_get(self, path: str) -> Any:
        """Return what the admin API shows at *path*."""
        reply = await self.client.get(f"/v1/admin{path}", headers=self.admin)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def reload(self) -> dict[str, Any]:
        """Have the settings read again; return what is said of each site."""
        reply = await self.client.post("/v1/admin/reload", headers=self.admin)
        assert reply.status_code == 200, reply.text
        return reply.json()


def settings_text(file: Path, text: str) -> str:
    """Return *text* with the data kept beside the *file*."""
    return f'data_dir = "{file.parent / "data"}"\n{text}'


@asynccontextmanager
async def served(folder: Path, text: str, *, name: str = "a") -> AsyncIterator[Served]:
    """Serve the settings *text*; two names in one folder are two nodes on one database."""
    file = folder / f"{name}.toml"
    file.write_text(settings_text(file, text), encoding="utf-8")
    place_database(folder / "data")
    services = await open_services(load(file).settings, owner=True, reread=partial(read, file))
    try:
        await services.start()
        transport = httpx.ASGITransport(app=create_app(services))
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            yield Served(file, services, client)
    finally:
        await services.close()
