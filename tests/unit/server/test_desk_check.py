"""The check of the logged-in experience, over the whole application and over lying ones."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.ready import place_database

from callingcard.backends.fetch import AsyncFetch
from callingcard.desk.model.visitors import Identify
from callingcard.desk.service.visitors.inboxes import InboxChanges
from callingcard.kit.actor import Scope
from callingcard.kit.codec import canonical_json
from callingcard.kit.wire import Reply, Request
from callingcard.server.app import create_app
from callingcard.server.check.calling import Caller, Sends
from callingcard.server.check.check import Wanted, check
from callingcard.server.check.report import STEPS, Line, Report
from callingcard.server.doctor.findings import Level
from callingcard.server.settings.model import Settings
from callingcard.server.wiring import Services, open_services

BASE = "http://127.0.0.1:8400"
CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """Open the product."""
    place_database(tmp_path)
    opened = await open_services(Settings.model_validate({"data_dir": tmp_path}), owner=True)
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def server(services: Services) -> AsyncIterator[AsyncFetch]:
    """Return what calls the whole application."""
    fetch = AsyncFetch(transport=httpx.ASGITransport(create_app(services)), call_seconds=30)
    yield fetch
    await fetch.close()


@pytest.fixture
async def shop(services: Services, server: AsyncFetch) -> Caller:
    """Return a program with a key of the desk."""
    _, secret = await services.keys.create("a shop", [Scope.DESK])
    return Caller(server, BASE, secret)


async def checked(services: Services, fetch: Sends, *contacts: str) -> Report:
    """Check the inbox ``web``."""
    return await check(BASE, Wanted("web", contacts), services.keys, Report(), fetch=fetch)


def levels(report: Report) -> dict[tuple[str, str], Level]:
    """Return how each step went, by its name and account."""
    return {(line.step, line.account): line.level for line in report.lines}


def failed(report: Report) -> list[Line]:
    """Return what failed; each line of it says what to do."""
    found = [line for line in report.lines if line.level is Level.FAIL]
    assert all(line.remedy for line in found)
    assert report.passed is not bool(found)
    return found


async def ada(shop: Caller, **properties: str) -> str:
    """Make a contact as a customer has them; return the id."""
    made = await shop.post(
        CONTACTS, {"properties": {"email": "ada@example.com", **properties}}
    )
    return str(made.data["id"])


class Lying:
    """A server that answers some calls otherwise than the real one."""

    def __init__(self, real: Sends, lie: Callable[[Request, Reply], Reply]) -> None:
        self._real = real
        self._lie = lie

    async def send(self, request: Request) -> Reply:
        """Ask the real one, and change what it says."""
        return self._lie(request, await self._real.send(request))


async def test_a_house_in_order_passes(services: Services, server: AsyncFetch):
    """Every step is reported for both accounts, and none has anything to say against it."""
    report = await checked(services, server)
    assert failed(report) == []
    assert {line.level for line in report.lines} == {Level.OK}
    assert {line.step for line in report.lines} == set(STEPS)
    both = [name for name in STEPS if name not in {"server", "inbox", "forged", "apart"}]
    assert {(name, who) for name in both for who in ("first", "second")} <= set(levels(report))


async def test_nothing_is_left_behind(services: Services, server: AsyncFetch, shop: Caller):
    """The accounts, what they wrote and the key of the check are gone afterwards."""
    await checked(services, server)
    assert (await shop.get(CONTACTS)).list("results") == []
    for archived in ("false", "true"):
        threads = await shop.get("/conversations/v3/conversations/threads", archived=archived)
        assert threads.list("results") == []
    live = [key.name for key in await services.keys.list() if key.revoked_at is None]
    assert live == ["a shop"]


async def test_a_contact_that_is_there_stays_as_it_is(
    services: Services, server: AsyncFetch, shop: Caller
):
    """Named contacts keep every property, and the conversation of the check is put away."""
    contact = await ada(shop, firstname="Ada", plan="pro")
    before = await shop.get(
        f"{CONTACTS}/{contact}", properties="firstname,plan,lifecyclestage"
    )
    report = await checked(services, server, "Ada@Example.com")
    assert failed(report) == []
    after = await shop.get(f"{CONTACTS}/{contact}", properties="firstname,plan,lifecyclestage")
    assert after.object("properties")["plan"] == "pro"
    kept = ("firstname", "plan", "lifecyclestage", "email")
    assert [after.object("properties").get(name) for name in kept] == [
        before.object("properties").get(name) for name in kept
    ]
    threads = "/conversations/v3/conversations/threads"
    assert (await shop.get(threads, associatedContactId=contact)).list("results") == []
    away = await shop.get(threads, associatedContactId=contact, archived="true")
    assert len(away.list("results")) == 1


async def test_an_address_in_a_report_is_nobodys(services: Services, server: AsyncFetch):
    """No line says the address or the name of an account, so that it can be sent around."""
    report = await checked(services, server, "nobody@example.com")
    (line,) = failed(report)
    assert (line.step, line.account) == ("account", "first")
    assert "nobody@example.com" not in repr(report.lines)


async def test_an_inbox_that_identifies_nobody_fails(services: Services, server: AsyncFetch):
    """The report says which setting it is, and the account that was made is erased."""
    await services.inboxes.change("web", InboxChanges(identification=Identify.OFF))
    report = await checked(services, server)
    (line,) = failed(report)
    assert (line.step, line.account) == ("session", "first")
    assert "identification" in line.remedy
    assert levels(report)["clean-up", "first"] is Level.OK


async def test_a_greeting_for_everybody_is_a_warning(services: Services, server: AsyncFetch):
    """A greeting without a name breaks nothing, and says how to get one."""
    await services.inboxes.change("web", InboxChanges(welcome="Hello!"))
    report = await checked(services, server)
    assert report.passed
    assert levels(report)["greeting", "first"] is Level.WARN


async def test_an_inbox_that_is_not_there_fails(services: Services, server: AsyncFetch):
    """No account is made for it."""
    report = await check(BASE, Wanted("shop"), services.keys, Report(), fetch=server)
    assert [line.step for line in failed(report)] == ["inbox"]


async def test_a_server_that_is_off_fails(services: Services):
    """Nothing is raised: the report says that nobody answers, and how to start it."""
    nobody = AsyncFetch(call_seconds=1)
    report = await check(
        "http://127.0.0.1:9", Wanted("web"), services.keys, Report(), fetch=nobody
    )
    await nobody.close()
    (line,) = failed(report)
    assert (line.step, "serve" in line.remedy) == ("server", True)


async def test_a_chatflow_is_answered_until_it_hands_over(
    services: Services, server: AsyncFetch
):
    """Questions and forms stand before the routing; accounts of the check answer them."""
    document: Mapping[str, Any] = {
        "name": "support",
        "enabled": True,
        "inbox": "web",
        "welcome": "Hello {{ contact.firstname | default: 'there' }}",
        "start": "details",
        "steps": {
            "details": {
                "type": "form",
                "fields": [{"property": "contact.company", "required": True}],
                "next": "topic",
            },
            "topic": {
                "type": "question",
                "text": "What is it about?",
                "options": ["Billing", "Technical"],
                "next": "hand",
            },
            "hand": {"type": "route"},
        },
    }
    await services.desk.flows.flows.put("support", document, by="a test")
    report = await checked(services, server)
    assert failed(report) == []
    assert levels(report)["routing", "first"] is Level.OK
    assert levels(report)["greeting", "first"] is Level.OK


async def test_a_contacts_questions_are_not_answered(
    services: Services, server: AsyncFetch, shop: Caller
):
    """For a contact that is there, a chatflow that asks is a warning and no answer."""
    contact = await ada(shop, firstname="Ada")
    document: Mapping[str, Any] = {
        "name": "support",
        "enabled": True,
        "inbox": "web",
        "welcome": "Hello {{ contact.firstname | default: 'there' }}",
        "start": "topic",
        "steps": {
            "topic": {
                "type": "question",
                "text": "Which plan?",
                "options": ["free", "pro"],
                "save_to": "contact.plan",
                "next": "hand",
            },
            "hand": {"type": "route"},
        },
    }
    await services.desk.flows.flows.put("support", document, by="a test")
    report = await checked(services, server, "ada@example.com")
    assert report.passed
    found = levels(report)
    assert (found["routing", "first"], found["routing", "second"]) == (Level.WARN, Level.OK)
    known = await shop.get(f"{CONTACTS}/{contact}", properties="plan")
    assert not known.object("properties").get("plan")


async def test_a_sign_out_that_does_nothing_is_found(services: Services, server: AsyncFetch):
    """A server that only says that it signed somebody out fails."""

    class Deaf:
        """Never passes a sign-out on."""

        async def send(self, request: Request) -> Reply:
            """Say that it is done."""
            if request.method == "DELETE" and request.url.endswith("/session"):
                return Reply(204)
            return await server.send(request)

    steps = {line.step for line in failed(await checked(services, Deaf()))}
    assert {"sign-out", "anonymous"} <= steps


async def test_a_conversation_shown_to_the_next_person_is_found(
    services: Services, server: AsyncFetch
):
    """A list that still has the first one's conversation fails, and says which."""
    seen: list[Reply] = []

    def lie(request: Request, reply: Reply) -> Reply:
        if request.url.endswith("/conversations") and request.method == "POST":
            seen.append(reply)
        if request.url.endswith("/conversations") and request.method == "GET":
            return replace(reply, body=b'{"results": [' + seen[0].body + b"]}")
        return reply

    (line,) = failed(await checked(services, Lying(server, lie)))
    assert (line.step, line.account) == ("apart", "second")


@pytest.mark.parametrize(
    ("path", "body", "step"),
    [
        ("/tokens/create", {"message": "no"}, "mint"),
        ("/routing", {"detail": "no"}, "routing"),
        ("/gdpr-delete", {"message": "no"}, "clean-up"),
    ],
)
async def test_a_refusal_is_reported_where_it_happens(
    services: Services,
    server: AsyncFetch,
    path: str,
    body: Mapping[str, str],
    step: str,
):
    """Whatever is refused fails its own step, with the status and what the server said."""

    def lie(request: Request, reply: Reply) -> Reply:
        refused = Reply(403, {}, canonical_json(body))
        return refused if request.url.endswith(path) else reply

    lines = failed(await checked(services, Lying(server, lie)))
    assert {line.step for line in lines} == {step}
    assert "403: no" in lines[0].message


async def test_another_program_at_the_address_is_found(services: Services):
    """What is no Callingcard server is not walked through."""

    class Other:
        """Answers everything with a page."""

        async def send(self, request: Request) -> Reply:
            """Say that there is nothing."""
            return Reply(404, {}, request.method.encode())

    (line,) = failed(await checked(services, Other()))
    assert line.step == "server"
