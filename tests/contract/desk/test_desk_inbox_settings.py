"""What an inbox asks of its visitors, and the keys that sign for them, over HTTP too."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.desk_house import House
from tests.support.people_house import PeopleHouse

from callingcard.desk.errors import IdentificationRequired, TooManyKeys
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.visitors import Identify
from callingcard.desk.service.visitors.inboxes import InboxChanges
from callingcard.errors import Invalid

ADA = "ada@example.com"
WEB = "/v1/inboxes/web"
OUR_SECRET = "a secret of the shop's own, long enough to sign"


@pytest.fixture
def people(house: House) -> PeopleHouse:
    """Return a desk with the routes of inboxes."""
    return PeopleHouse(house)


async def test_a_key_knows_when_it_was_used_last(house: House):
    """To the minute, and not by a token that it did not sign."""
    shop, other = await house.shop_key(), await house.shop_key()
    start = house.clock.now()
    for seconds in (0, 59, 61):
        house.clock.advance(start + timedelta(seconds=seconds) - house.clock.now())
        await house.enter(token=shop.sign())
        if seconds == 59:
            keys = {key.kid: key.last_used_at for key in await house.inboxes.keys("web")}
            assert keys == {shop.kid: start, other.kid: None}
    await house.enter(token=other.sign(header={"kid": shop.kid}))
    keys = {key.kid: key.last_used_at for key in await house.inboxes.keys("web")}
    assert keys == {shop.kid: start + timedelta(seconds=61), other.kid: None}


async def test_old_and_new_keys_overlap(house: House):
    """A second key signs beside the first, which goes on until it is revoked."""
    old, new = await house.shop_key(), await house.shop_key()
    for key in (old, new):
        assert (await house.enter(token=key.sign())).session.evidence is Evidence.SIGNED
    await house.inboxes.revoke_key(old.kid)
    assert (await house.enter(token=old.sign())).session.evidence is Evidence.ANONYMOUS
    assert (await house.enter(token=new.sign())).session.evidence is Evidence.SIGNED


async def test_five_keys_even_when_ten_ask_at_once(house: House):
    """Ten requests in one moment make five keys."""
    made = await asyncio.gather(
        *(house.inboxes.create_key("web") for _ in range(10)), return_exceptions=True
    )
    refused = [one for one in made if isinstance(one, TooManyKeys)]
    assert (len(refused), len(await house.inboxes.keys("web"))) == (5, 5)


async def test_off_believes_no_token(house: House):
    """Where identification is off, everybody is anonymous, whatever they bring."""
    await house.inboxes.change("web", InboxChanges(identification=Identify.OFF))
    for token in (house.identification.mint(ADA), (await house.shop_key()).sign()):
        assert (await house.enter(token=token)).session.evidence is Evidence.ANONYMOUS


async def test_required_refuses_only_where_it_is_enforced(house: House):
    """Setting a site up, visitors are asked for a proof; enforced, they need one to write."""
    nobody = await house.enter()
    await house.inboxes.change("web", InboxChanges(identification=Identify.REQUIRED))
    assert await house.sessions.find("web", nobody.secret, to_write=True)
    await house.inboxes.change("web", InboxChanges(enforced=True))
    with pytest.raises(IdentificationRequired):
        await house.sessions.find("web", nobody.secret, to_write=True)
    assert await house.sessions.find("web", nobody.secret)
    ada = await house.enter(token=house.identification.mint(ADA))
    assert await house.sessions.find("web", ada.secret, to_write=True)


async def test_only_listed_properties_of_the_registry_are_believed(people: PeopleHouse):
    """The list takes what is defined and writable; tokens state what is on the list."""
    house = people.house
    for unfit in (["nonsense"], ["hs_object_id"], ["email"], ["firstname"]):
        with pytest.raises(Invalid):
            await house.inboxes.change("web", InboxChanges(props=unfit))
    await house.inboxes.change("web", InboxChanges(props=["plan", "plan", "message"]))
    assert (await house.inboxes.get("web")).props == ("message", "plan")
    shop = await house.shop_key()
    stated = {"plan": "pro", "company": "Ink", "message": "hi", "hs_object_id": "1"}
    ada = await house.enter(token=shop.sign(props=stated))
    await people.say(ada, "hello")
    contact = (await people.everybody())[0]
    assert contact.properties == {"email": ADA, "plan": "pro", "message": "hi"}


async def test_a_stated_value_must_fit_its_property(people: PeopleHouse):
    """A stage that does not exist is dropped, and the rest is kept."""
    shop = await people.house.shop_key()
    stated = {"lifecyclestage": "emperor", "plan": "pro", "hs_language": "en"}
    await people.say(await people.house.enter(token=shop.sign(props=stated)), "hello")
    properties = (await people.everybody())[0].properties
    assert "lifecyclestage" not in properties
    assert properties["plan"] == "pro"


async def test_more_than_four_kilobytes_of_properties_are_no_properties(people: PeopleHouse):
    """The visitor is still signed in; of what is too much, nothing is kept."""
    shop = await people.house.shop_key()
    for size, kept in ((900, True), (1100, False)):
        stated = dict.fromkeys(("plan", "company", "city", "state"), "x" * size)
        email = f"a{size}@example.com"
        opened = await people.house.enter(token=shop.sign(email, props=stated))
        assert opened.session.evidence is Evidence.SIGNED
        await people.say(opened, "hello")
        found = [one for one in await people.everybody() if one.email == email]
        assert ("plan" in found[0].properties) is kept
    half = await people.house.enter(token=shop.sign("h@example.com", props={"plan": "\ud800"}))
    assert half.session.evidence is Evidence.SIGNED


async def test_the_keys_over_http(people: PeopleHouse):
    """Made, listed without the secret, shown how to use, revoked; exact shapes."""
    async with people.client() as client:
        made = await client.post(f"{WEB}/keys", json={"kid": "2030-01"})
        assert made.status_code == 201
        secret = made.json()["secret"]
        shown = {
            "kid": "2030-01",
            "algorithm": "HS256",
            "masked": f"…{secret[-4:]}",
            "createdAt": "2030-01-01T12:00:00.000Z",
            "lastUsedAt": None,
        }
        assert made.json() == {**shown, "secret": secret}
        assert made.headers["cache-control"] == "no-store"
        listed = await client.get(f"{WEB}/keys")
        assert listed.json() == {"results": [shown]}
        ours = await client.post(f"{WEB}/keys", json={"kid": "own", "secret": OUR_SECRET})
        assert (ours.status_code, ours.json()["secret"]) == (201, None)
        examples = (await client.get(f"{WEB}/keys/2030-01/examples")).json()["results"]
        assert [one["language"] for one in examples] == [
            "Python",
            "Node",
            "PHP",
            "Ruby",
            "Go",
            "Java",
        ]
        assert all("2030-01" in one["code"] and secret not in one["code"] for one in examples)
        gone = await client.delete(f"{WEB}/keys/2030-01")
        assert gone.status_code == 204
        for path in ("/keys/2030-01", "/keys/none"):
            missing = await client.delete(WEB + path)
            assert (missing.status_code, missing.json()["code"]) == (404, "desk.key_not_found")
        assert (await client.get(f"{WEB}/keys/2030-01/examples")).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/keys", {"secret": "short"}, 422, "desk.unfit_key"),
        ("/keys", {"algorithm": "RS256"}, 422, "desk.unfit_key"),
        ("/keys", {"algorithm": "none"}, 422, "invalid"),
        ("/keys", {"kid": "../x"}, 422, "desk.unfit_key"),
        ("", {"identification": "maybe"}, 422, "invalid"),
        ("", {"props": ["nonsense"]}, 422, "invalid"),
        ("", {"name": "other"}, 422, "invalid"),
    ],
)
async def test_what_is_unfit_is_refused(
    people: PeopleHouse, path: str, body: dict[str, object], status: int, code: str
):
    """Each fault has its status and code, and no answer quotes a secret."""
    async with people.client() as client:
        method = client.post if path else client.patch
        answer = await method(WEB + path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "short" not in answer.text.replace("shorter", "")


async def test_the_inbox_over_http(people: PeopleHouse):
    """Read and changed member by member, by who may; visitors see it at once."""
    async with people.client() as client:
        first = (await client.get(WEB)).json()
        assert (first["identification"], first["enforced"]) == ("optional", False)
        assert "plan" in first["props"]
        changed = await client.patch(
            WEB, json={"identification": "required", "enforced": True, "title": "Help"}
        )
        assert changed.json() == {
            **first,
            "identification": "required",
            "enforced": True,
            "title": "Help",
        }
        opened = (await client.post("/v1/widget/web/session", json={})).json()
        assert opened["inbox"]["refusesUnproven"] is True
        said = await client.post(
            "/v1/widget/web/messages",
            json={"text": "hi", "clientMessageId": "c"},
            headers={"Authorization": f"Bearer {opened['session']}"},
        )
        assert (said.status_code, said.json()["code"]) == (
            403,
            "desk.identification_required",
        )
        assert (await client.get("/v1/inboxes/none")).status_code == 404
        people.house.agent_signed_in = False
        for path in (WEB, f"{WEB}/keys"):
            assert (await client.get(path)).status_code == 401


async def test_inboxes_are_listed_and_made(people: PeopleHouse):
    """A second one opens at once; a name is taken once, and must fit into an address."""
    async with people.client() as client:
        made = await client.post("/v1/inboxes", json={"name": "help", "title": "Help centre"})
        assert (made.status_code, made.json()["identification"]) == (201, "optional")
        listed = (await client.get("/v1/inboxes")).json()["results"]
        assert [one["name"] for one in listed] == ["help", "web"]
        assert listed[0] == made.json()
        opened = (await client.post("/v1/widget/help/session", json={})).json()
        assert opened["inbox"]["name"] == "Help centre"
        again = await client.post("/v1/inboxes", json={"name": "help"})
        assert (again.status_code, again.json()["code"]) == (409, "desk.inbox_exists")
        unfit = await client.post("/v1/inboxes", json={"name": "../web"})
        assert (unfit.status_code, set(unfit.json()["fields"])) == (422, {"name"})
        people.house.agent_signed_in = False
        assert (await client.get("/v1/inboxes")).status_code == 401
        assert (await client.post("/v1/inboxes", json={"name": "x"})).status_code == 401


async def test_of_two_who_make_an_inbox_of_one_name_one_does(house: House):
    """In the same moment too, the second is told that it is there."""
    made = await asyncio.gather(
        *(house.inboxes.make("sales", "Sales") for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in made) == ["Inbox", "InboxExists"]
    assert [one.name for one in await house.inboxes.all()].count("sales") == 1
