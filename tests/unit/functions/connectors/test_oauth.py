"""A token is fetched once for all, kept sealed, renewed in time, and never lost."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from tests.support.connector_house import FakeClaims, FakeSecrets, House

from callingcard.backends.guarded import Outgoing
from callingcard.errors import Conflict
from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.oauth import secret_for
from callingcard.functions.model.connectors import Connector
from callingcard.functions.ports.connectors import CallFailed
from callingcard.kit.wire import Reply

SECRETS = {"ID": "the-client", "SECRET": "canary-client-secret", "FIRST": "canary-refresh-0"}


def crm(**auth: Any) -> Connector:
    """Return a connector that uses OAuth2."""
    told = {
        "kind": "oauth2",
        "grant": "client_credentials",
        "token_url": "https://login.example/token",
        "client_id": {"secret": "ID"},
        "client_secret": "SECRET",
        **auth,
    }
    return read_connector("crm", {"base_url": "https://crm.example", "auth": told})


RENEWING = {"grant": "refresh_token", "refresh_token": "FIRST"}


class Login:
    """A service whose tokens are numbered; its refresh tokens are good once."""

    def __init__(self, life: Any = 3600) -> None:
        self.made = 0
        self.life = life
        self.good_refresh = "canary-refresh-0"
        self.revoked: set[str] = set()
        self.forms: list[dict[str, list[str]]] = []
        self.status = 200
        self.gate: asyncio.Event | None = None

    async def send(self, call: Outgoing) -> Reply:
        """Answer the token endpoint, or a call with a token."""
        await asyncio.sleep(0)
        if call.target.host == "login.example":
            if self.gate is not None:
                await self.gate.wait()
            return self._token(call)
        token = call.headers["Authorization"].removeprefix("Bearer ")
        status = 401 if token in self.revoked or not token.startswith("canary") else 200
        told = {"content-type": "application/json"}
        return Reply(status, told, json.dumps({"used": token}).encode())

    def _token(self, call: Outgoing) -> Reply:
        """Make the next token."""
        form = parse_qs(call.body.decode())
        self.forms.append(form)
        if self.status != 200:
            return Reply(self.status, {}, b'{"error": "invalid_client"}')
        answer: dict[str, Any] = {"expires_in": self.life}
        if form["grant_type"] == ["refresh_token"]:
            if form["refresh_token"] != [self.good_refresh]:
                return Reply(400, {}, b'{"error": "invalid_grant"}')
            self.good_refresh = f"canary-refresh-{self.made + 1}"
            answer["refresh_token"] = self.good_refresh
        self.made += 1
        answer["access_token"] = f"canary-access-{self.made}"
        return Reply(200, {}, json.dumps(answer).encode())


def house(
    login: Login, secrets: FakeSecrets | None = None, claims: FakeClaims | None = None
) -> House:
    """Return a house whose one service is *login*."""
    made = House(secrets=secrets or FakeSecrets(dict(SECRETS)), claims=claims)
    made.service.send = login.send  # type: ignore[method-assign]
    return made


async def call(at: House, connector: Connector) -> int:
    """Make a call; return its status."""
    return (await at.caller.call(connector, "get", {"path": "/x"})).status


async def test_one_token_serves_many_callers():
    """Fifty calls at once fetch one token, and later ones use it too."""
    login = Login()
    at = house(login)
    assert await asyncio.gather(*(call(at, crm()) for _ in range(50))) == [200] * 50
    assert await call(at, crm()) == 200
    assert login.made == 1
    assert login.forms[0] == {
        "grant_type": ["client_credentials"],
        "client_id": ["the-client"],
        "client_secret": ["canary-client-secret"],
    }


async def test_a_token_is_renewed_before_its_end():
    """A minute before the end, or a tenth of a short life, the next is fetched."""
    for life, still_good in (
        (3600, 3500),
        ("600", 530),
        (10, 8),
        ("never", 265),
        (10**400, 265),
    ):
        login = Login(life)
        at = house(login)
        await call(at, crm())
        at.clock.advance(timedelta(seconds=still_good))
        await call(at, crm())
        assert login.made == 1
        at.clock.advance(timedelta(seconds=70))
        await call(at, crm())
        assert login.made == 2


async def test_a_refused_token_is_replaced_once():
    """401 fetches a new token and tries again; a second 401 is told."""
    login = Login()
    at = house(login)
    await call(at, crm())
    login.revoked.add("canary-access-1")
    assert await call(at, crm()) == 200
    assert login.made == 2
    login.revoked |= {"canary-access-2", "canary-access-3"}
    with pytest.raises(CallFailed) as failed:
        await call(at, crm())
    assert (failed.value.status, login.made) == (401, 3)


async def test_a_service_that_refuses_every_token_has_few_made():
    """After a new token was refused, a minute goes by before another is fetched."""
    login = Login()
    login.revoked |= {f"canary-access-{n}" for n in range(1, 50)}
    at = house(login)
    for _ in range(20):
        with pytest.raises(CallFailed):
            await call(at, crm())
    assert login.made == 2
    at.clock.advance(timedelta(minutes=2))
    login.revoked.clear()
    login.revoked.add("canary-access-2")
    assert await call(at, crm()) == 200
    assert login.made == 3


class Unreadable(FakeSecrets):
    """A store whose kept tokens were sealed under a key that is gone."""

    shut = False

    async def reveal(self, name: str) -> str:
        """Refuse tokens, and nothing else."""
        if name.startswith("OAUTH_"):
            raise Conflict("sealed under a key that is gone", hint="see server.secret_keys")
        return await super().reveal(name)

    async def set(self, name: str, value: str, *, by: str) -> None:
        """Keep a value, unless the store is shut."""
        if self.shut:
            raise Conflict("there is no key", hint="see server.secret_keys")
        await super().set(name, value, by=by)


async def test_a_kept_token_that_cannot_be_opened_is_replaced():
    """A key that is gone does not stop a function, nor does it hear about our keys."""
    secrets = Unreadable(dict(SECRETS))
    assert await call(house(Login(), secrets), crm()) == 200
    secrets.shut = True
    with pytest.raises(CallFailed, match=r"cannot be kept \(conflict\)") as failed:
        await call(house(Login(), secrets), crm())
    assert "secret_keys" not in failed.value.message


async def test_other_nodes_and_the_next_start_use_the_same_token():
    """What one node fetched is in the secret store, and the others find it there."""
    login, secrets, claims = Login(), FakeSecrets(dict(SECRETS)), FakeClaims()
    first, second = house(login, secrets, claims), house(login, secrets, claims)
    both = [call(at, crm()) for at in (first, second) for _ in range(20)]
    assert await asyncio.gather(*both) == [200] * 40
    assert await call(house(login, secrets, claims), crm()) == 200
    assert login.made == 1
    assert claims.held == {}


async def test_a_new_refresh_token_is_kept_before_it_is_needed():
    """A service that takes each refresh token once is never given an old one."""
    login, secrets = Login(life=60), FakeSecrets(dict(SECRETS))
    at = house(login, secrets)
    for _ in range(4):
        assert await call(at, crm(**RENEWING)) == 200
        at.clock.advance(timedelta(seconds=100))
    assert [form["refresh_token"][0] for form in login.forms] == [
        f"canary-refresh-{n}" for n in range(4)
    ]
    assert secrets.values["FIRST"] == "canary-refresh-0"
    assert "canary-refresh-4" in secrets.values["OAUTH_CRM"]


async def test_nodes_never_spend_a_refresh_token_twice():
    """Two nodes whose token ends at once renew it one after the other."""
    login, secrets, claims = Login(life=60), FakeSecrets(dict(SECRETS)), FakeClaims()
    nodes = [house(login, secrets, claims) for _ in range(3)]
    for n in range(1, 4):
        told = await asyncio.gather(*(call(at, crm(**RENEWING)) for at in nodes))
        assert (told, login.made) == ([200] * 3, n)
        for at in nodes:
            at.clock.advance(timedelta(seconds=100))


async def test_a_caller_that_leaves_does_not_lose_the_new_token():
    """A run that is stopped in the middle of a renewal takes nothing with it."""
    login, secrets = Login(), FakeSecrets(dict(SECRETS))
    login.gate = asyncio.Event()
    at = house(login, secrets)
    leaving = asyncio.create_task(call(at, crm(**RENEWING)))
    for _ in range(5):
        await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    login.gate.set()
    assert await call(at, crm(**RENEWING)) == 200
    assert login.made == 1


async def test_a_new_authorisation_counts_at_once():
    """Another first refresh token, scope or client makes what was kept worthless."""
    login, secrets = Login(), FakeSecrets(dict(SECRETS))
    at = house(login, secrets)
    await call(at, crm(**RENEWING))
    secrets.values["FIRST"] = login.good_refresh = "canary-other"
    await call(at, crm(**RENEWING))
    assert login.forms[-1]["refresh_token"] == ["canary-other"]
    await call(at, crm(scope="more"))
    assert login.made == 3


async def test_a_client_may_show_itself_in_a_header():
    """``client_auth = "basic"`` keeps the secret out of the body."""
    login = Login()
    await call(house(login), crm(client_auth="basic", scope="a b", audience="https://api"))
    assert login.forms == [
        {
            "grant_type": ["client_credentials"],
            "scope": ["a b"],
            "audience": ["https://api"],
        }
    ]


async def test_a_refused_client_is_told_without_its_secret():
    """What the token endpoint says is told by its code alone."""
    login = Login()
    login.status = 401
    with pytest.raises(CallFailed) as failed:
        await call(house(login), crm())
    assert failed.value.cause == "secret"
    assert failed.value.message == "The token endpoint answered 401 (invalid_client)."


async def test_what_was_kept_and_makes_no_sense_is_fetched_anew():
    """A record that somebody overwrote stops nobody."""
    login = Login()
    secrets = FakeSecrets({**SECRETS, "OAUTH_CRM": "nonsense"})
    assert await call(house(login, secrets), crm()) == 200
    assert login.made == 1


def test_the_longest_name_has_a_secret_of_its_own():
    """Names that differ only at their end do not share a token."""
    a, b = secret_for("x" * 62 + "a"), secret_for("x" * 62 + "b")
    assert (len(a), len(b), a == b) == (64, 64, False)
