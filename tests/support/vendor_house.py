"""Services on the internet, as their documentation has them, behind TLS on this machine.

Functions call them under their real names: names, trust and connections of the server's
calls are ours, so that everything from the connector to the socket is what it always is.

* Discord: https://discord.com/developers/docs/resources/webhook#execute-webhook
* Teams: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
* a shop of our own making, with orders
"""

import asyncio
import datetime as dt
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpcore
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Host, Route
from starlette.types import ASGIApp

from callingcard.backends.guarded import GuardedFetch

PUBLIC = "93.184.215.14"
"""What every name resolves to; the connection goes to our own server all the same."""

CARD = "application/vnd.microsoft.card.adaptive"


class Discord:
    """A channel with one webhook; ``asked`` is what it was sent."""

    token = "canary-discord-webhook-token"
    webhook = f"https://discord.com/api/webhooks/123456789012345678/{token}"

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []
        self.is_down = False

    @property
    def app(self) -> ASGIApp:
        """Return the API."""
        path = "/api/webhooks/{webhook}/{token}"
        return Starlette(routes=[Route(path, self.execute, methods=["POST"])])

    async def execute(self, request: Request) -> Response:
        """Post a message: 204, or with ``wait=true`` the message itself."""
        body = await request.json()
        self.asked.append(body)
        if self.is_down:
            return JSONResponse({"message": "Service Unavailable", "code": 0}, 503)
        if request.path_params["token"] != self.token:
            return JSONResponse({"message": "Invalid Webhook Token", "code": 50027}, 401)
        content = body.get("content")
        if not content and not body.get("embeds"):
            return JSONResponse(
                {"message": "Cannot send an empty message", "code": 50006}, 400
            )
        if len(content) > 2000:
            return JSONResponse({"message": "Invalid Form Body", "code": 50035}, 400)
        if request.query_params.get("wait") != "true":
            return Response(status_code=204)
        message = {"id": str(len(self.asked)), "channel_id": "7", "content": content}
        return JSONResponse(message)


class Teams:
    """A channel with one workflow, which shows adaptive cards; ``said`` is their texts."""

    signature = "canary-teams-workflow-signature"
    webhook = (
        "https://default0.aa.environment.api.powerplatform.com:443/powerautomate/automations"
        "/direct/workflows/0/triggers/manual/paths/invoke?api-version=1"
        f"&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={signature}"
    )

    def __init__(self) -> None:
        self.said: list[str] = []

    @property
    def app(self) -> ASGIApp:
        """Return the trigger of the workflow."""
        path = "/powerautomate/automations/direct/workflows/0/triggers/manual/paths/invoke"
        return Starlette(routes=[Route(path, self.invoke, methods=["POST"])])

    async def invoke(self, request: Request) -> Response:
        """Take a message; what becomes of it is not told: 202 and nothing."""
        query = request.query_params
        if (query.get("sig"), query.get("sv")) != (self.signature, "1.0"):
            error = {"code": "AuthorizationFailed", "message": "The signature is invalid."}
            return JSONResponse({"error": error}, 401)
        body = await request.json()
        (attachment,) = body["attachments"]
        assert (body["type"], attachment["contentType"]) == ("message", CARD)
        card = attachment["content"]
        assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
        self.said += [block["text"] for block in card["body"] if block["type"] == "TextBlock"]
        return Response(status_code=202)


class Shop:
    """The customer's own shop: orders, which belong to somebody."""

    key = "canary-shop-key-0123456789"
    url = "https://orders.shop.example/api"

    def __init__(self, orders: Sequence[Mapping[str, Any]]) -> None:
        self.orders = orders
        self.heeds_customer = True
        self.asked = 0

    @property
    def app(self) -> ASGIApp:
        """Return the API."""
        return Starlette(routes=[Route("/api/orders", self.list_orders)])

    async def list_orders(self, request: Request) -> Response:
        """Return the newest orders of a customer, or the one of a number."""
        self.asked += 1
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"message": "who is there?"}, 401)
        query = request.query_params
        found = [
            order
            for order in self.orders
            if (order["customer"] == query["customer"] or not self.heeds_customer)
            and query.get("number") in {None, order["number"]}
        ]
        return JSONResponse({"orders": found[: int(query["limit"])]})


class _Dial(httpcore.AsyncNetworkBackend):
    """Connects to *port* of this machine, whoever is asked for."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, *args: Any, **options: Any
    ) -> httpcore.AsyncNetworkStream:
        """Connect to our own server."""
        assert (host, port) == (PUBLIC, 443)
        return await self._inner.connect_tcp("127.0.0.1", self._port, *args, **options)


@asynccontextmanager
async def internet(folder: Path, hosts: Mapping[str, ASGIApp]) -> AsyncIterator[GuardedFetch]:
    """Serve each of *hosts* behind TLS; yield what makes a server's calls."""
    path = folder / "vendors.pem"
    _write_certificate(path, hosts)
    routes = [Host(name, app=app) for name, app in hosts.items()]
    config = uvicorn.Config(
        Starlette(routes=routes),
        ssl_certfile=path,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=2,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    fetch = GuardedFetch(
        resolve=_resolve,
        dial=_Dial(listener.getsockname()[1]),
        tls=ssl.create_default_context(cafile=path),
    )
    try:
        yield fetch
    finally:
        await fetch.close()
        server.should_exit = True
        await serving
        listener.close()


async def _resolve(_host: str, _port: int) -> Sequence[str]:
    return [PUBLIC]


def _write_certificate(path: Path, names: Iterable[str]) -> None:
    """Write a key, and a certificate for *names* that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vendors")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
