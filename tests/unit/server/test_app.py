"""Whatever is asked, the answer is well-formed, guarded, and gives nothing away."""

import httpx
import pytest

from callingcard.kit.actor import Scope
from callingcard.server.middleware import MAX_BODY_BYTES
from callingcard.server.wiring import Services


def operations(document: dict) -> list[tuple[str, str]]:
    """Return every method and path of the OpenAPI document, names filled in."""
    return [
        (method.upper(), path.replace("{site}", "shop").replace("{inbox}", "web"))
        for path, methods in document["paths"].items()
        for method in methods
    ]


async def every_operation(client: httpx.AsyncClient) -> list[tuple[str, str]]:
    """Return every operation of our own API, and HubSpot's identification paths."""
    document = (await client.get("/openapi.json")).json()
    minting = [
        "/conversations/v3/visitor-identification/tokens/create",
        "/visitor-identification/v3/tokens/create",
        "/visitor-identification/2025-09/tokens/create",
        "/visitor-identification/2026-03/tokens/create",
        "/visitor-identification/2026-09/tokens/create",
    ]
    return operations(document) + [("POST", path) for path in minting]


async def test_no_address_in_a_body_yields_a_token(client: httpx.AsyncClient):
    """No endpoint hands out an identity for an e-mail without a proof or a key."""
    body = {"email": "ada@example.com", "emailVerified": True, "firstName": "Ada"}
    for method, path in await every_operation(client):
        reply = (
            await client.request(
                method, path, json=body, headers={"Origin": "http://127.0.0.1:8400"}
            )
            if "events" not in path
            else None
        )
        if reply is None or not reply.content:
            continue
        said = reply.json() if "json" in reply.headers["content-type"] else {}
        assert "token" not in said, f"{method} {path} gave a token"
        assert "settings" not in said, f"{method} {path} gave settings"
        assert said.get("evidence", "anonymous") == "anonymous", f"{method} {path}"


async def test_every_answer_has_the_safe_headers(client: httpx.AsyncClient):
    """Errors too: no sniffing, no referrer, a policy, and a name to quote."""
    for path in ("/livez", "/nope", "/v1/app/session", "/crm/v3/objects/contacts"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "content-security-policy" in headers
        assert headers["x-request-id"].startswith("r_")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nope", 404, "not_found"),
        ("PUT", "/v1/app/session", 405, "method_not_allowed"),
        ("GET", "/v1/app/session", 401, "access.signed_out"),
        ("POST", "/v1/sites/nobody/token", 404, "identity.unknown_site"),
        ("POST", "/v1/widget/nowhere/session", 404, "desk.inbox_not_found"),
        ("GET", "/v1/inbox/conversations", 401, "access.signed_out"),
        ("TRACE", "/livez", 405, "method_not_allowed"),
    ],
)
async def test_an_error_is_a_problem_with_a_stable_code(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
):
    """Problem details carry the members of RFC 9457 and ours."""
    reply = await client.request(method, path, json={} if method == "POST" else None)
    problem = reply.json()
    assert (reply.status_code, problem["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "detail", "hint"} <= set(problem)


async def test_an_unmeant_exception_is_told_without_internals(
    services: Services, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    """A fault of ours is a 500 with a name to quote, and nothing of what broke."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("canary: an internal detail")

    monkeypatch.setattr(type(services.visitor_sessions), "open", broken)
    reply = await client.post("/v1/widget/web/session", json={})
    assert reply.status_code == 500
    assert reply.json()["code"] == "unexpected"
    assert "canary" not in reply.text
    assert reply.headers["x-request-id"] in reply.text


async def test_a_body_over_the_cap_is_refused_before_it_is_read(client: httpx.AsyncClient):
    """A length that is announced too large ends the request."""
    reply = await client.post("/v1/nope", content=b"x" * (MAX_BODY_BYTES + 1))
    assert reply.status_code in {404, 413}
    reply = await client.post("/v1/widget/web/session", content=b"x" * (MAX_BODY_BYTES + 1))
    assert reply.status_code == 413


async def test_readiness_names_what_does_not_answer(
    services: Services, client: httpx.AsyncClient
):
    """A dependency that is down makes the server not ready, and is named."""

    async def down() -> str:
        return "OperationalError"

    assert (await client.get("/readyz")).json()["ready"] is True
    services.readiness.checks["database"] = down
    reply = await client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json()["dependencies"]["database"]["problem"] == "OperationalError"


async def test_a_draining_server_is_not_ready(services: Services, client: httpx.AsyncClient):
    """Nobody new is sent to a server that is about to stop."""
    services.drain()
    assert (await client.get("/readyz")).status_code == 503


async def test_metrics_count_routes_and_never_ids(client: httpx.AsyncClient):
    """Labels are templates: a thousand conversations are one line."""
    await client.post("/v1/widget/web/session", json={})
    await client.get("/v1/inbox/conversations/123456789")
    await client.get("/widget/a-random-name.js")
    counted = (await client.get("/metrics")).text
    assert 'route="/v1/widget/{inbox}/session",status="200"' in counted
    assert "123456789" not in counted
    assert "a-random-name" not in counted


async def test_metrics_take_an_admin_key_on_a_public_address(services: Services):
    """Away from a laptop, counters are not for everybody."""
    from callingcard.server.app import create_app
    from callingcard.server.settings.model import ServerSection

    public = services.settings.model_copy(
        update={"server": ServerSection(public_url="https://chat.example")}
    )
    object.__setattr__(services, "settings", public)
    transport = httpx.ASGITransport(app=create_app(services))
    async with httpx.AsyncClient(
        transport=transport, base_url="https://chat.example"
    ) as client:
        assert (await client.get("/metrics")).status_code == 401
        for scope, status in ((Scope.DESK, 403), (Scope.ADMIN, 200)):
            _, secret = await services.keys.create("m", [scope])
            headers = {"Authorization": f"Bearer {secret}"}
            assert (await client.get("/metrics", headers=headers)).status_code == status


async def test_pages_run_nothing_inline(client: httpx.AsyncClient):
    """The app's and the frame's policies allow no inline script and no inline style."""
    for path in ("/app", "/app/inbox/1", "/widget/web/frame"):
        reply = await client.get(path)
        if reply.status_code == 503:
            pytest.skip("the front end is not built: run `make web`")
        assert "unsafe" not in reply.headers["content-security-policy"]


async def test_every_route_is_documented_with_an_operation_id(client: httpx.AsyncClient):
    """The front end's types need a name for every operation."""
    document = (await client.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("operationId"), f"{method} {path}"
            assert operation.get("summary"), f"{method} {path}"
