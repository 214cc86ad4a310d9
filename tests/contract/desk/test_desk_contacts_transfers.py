"""Contacts come in and go out as CSV, with a report and without formulas."""

import csv
import io
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from tests.support.desk_house import LINUS, House, SignedOut

from callingcard.desk.api.crm.contact_transfers import MAX_FILE_BYTES, transfer_routes
from callingcard.desk.service.crm.contact_batches import ContactBatches
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.transfers.contacts import ContactTransfers
from callingcard.kit.actor import Actor
from callingcard.server import problems

IMPORT, EXPORT = "/v1/contacts/import", "/v1/contacts/export"


@pytest.fixture
def contacts(house: House) -> ContactDesk:
    """Return the use cases of contacts on the house's database."""
    return ContactDesk(house.units, house.clock, house.ids)


@pytest.fixture
def client(house: House, contacts: ContactDesk) -> httpx.AsyncClient:
    """Return a client of the routes for many contacts."""

    async def who(_: Request) -> Actor:
        if not house.agent_signed_in:
            raise SignedOut("signed out")
        return LINUS

    batches = ContactBatches(house.units, house.clock, house.ids)
    transfers = ContactTransfers(house.units, house.clock, contacts=contacts, batches=batches)
    app = FastAPI()
    app.include_router(transfer_routes(transfers, who))
    problems.install(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chat.test")


async def taken(client: httpx.AsyncClient, text: str) -> list[dict[str, Any]]:
    """Import *text*; return the lines of the reply."""
    reply = await client.post(IMPORT, content=text.encode())
    assert reply.status_code == 200, reply.text
    return [json.loads(line) for line in reply.text.splitlines()]


async def given(client: httpx.AsyncClient) -> list[dict[str, str]]:
    """Export; return the rows, by the names of their columns."""
    reply = await client.get(EXPORT)
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(reply.text, newline="")))


async def test_rows_make_and_change_contacts(client: httpx.AsyncClient, contacts: ContactDesk):
    """An address that is known changes that contact; an empty cell changes nothing."""
    await contacts.create({"email": "ada@example.com", "company": "Ink", "city": "Bath"})
    text = (
        "\ufeffEmail,firstname,company\r\n"
        "ADA@example.com,Ada,\r\n"
        "\r\n"
        'grace@example.com,"Grace ""Amazing""",Navy\r\n'
        ",Nobody,\r\n"
    )
    progress, last = await taken(client, text)
    assert progress == {
        "rows": 3, "created": 2, "changed": 1, "refused": 0, "refusals": [], "finished": False,
    }  # fmt: skip
    assert (last["finished"], last["rows"]) == (True, 3)
    rows = {row["firstname"]: row for row in await given(client)}
    assert (rows["Ada"]["company"], rows["Ada"]["city"]) == ("Ink", "Bath")
    assert rows['Grace "Amazing"']["email"] == "grace@example.com"
    assert rows["Nobody"]["email"] == ""


async def test_refused_rows_are_reported_and_the_others_kept(client: httpx.AsyncClient):
    """By line and reason, never with the value."""
    text = (
        "email,lifecyclestage\n"
        "marked-address,lead\n"
        "ada@example.com,marked-stage\n"
        "grace@example.com,lead\n"
        "one@example.com\n"
        ",lead\n"
    )
    progress, _last = await taken(client, text)
    assert (progress["created"], progress["refused"]) == (1, 4)
    assert [one["line"] for one in progress["refusals"]] == [2, 3, 5, 6]
    assert "marked" not in json.dumps(progress)
    assert [row["email"] for row in await given(client)] == ["grace@example.com"]


@pytest.mark.parametrize(
    "text",
    ["", "email,shoe_size\n", "email,Email\n", 'email\n"ada', f"{'email,' * 300}\n"],
)
async def test_a_file_that_cannot_be_read_changes_nothing(
    client: httpx.AsyncClient, text: str
):
    """It is refused as a whole, in words that name columns by place."""
    reply = await client.post(IMPORT, content=text.encode())
    assert (reply.status_code, reply.json()["code"]) == (422, "desk.bad_spreadsheet")
    assert await given(client) == []


async def test_a_file_that_breaks_off_tells_what_was_done(client: httpx.AsyncClient):
    """The steps before the break are kept, and the last line says where it was."""
    good = "".join(f"n{number}@example.com\n" for number in range(150))
    lines = await taken(client, f'email\n{good}"broken"x\n')
    assert [line["rows"] for line in lines] == [100, 100]
    assert (lines[-1]["finished"], lines[-1]["problem"]) == (False, "Line 152 is no CSV.")
    assert len(await given(client)) == 100


async def test_no_cell_is_a_formula_and_a_round_trip_changes_nothing(
    client: httpx.AsyncClient, contacts: ContactDesk
):
    """What a visitor typed is text to a spreadsheet, and comes back as it was."""
    typed = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "''x", "  =1", "o'hara", "a=b"]
    made = [
        await contacts.create({"email": f"n{number}@example.com", "company": text})
        for number, text in enumerate(typed)
    ]
    exported = (await client.get(EXPORT)).text
    cells = [cell for row in csv.reader(io.StringIO(exported, newline="")) for cell in row]
    assert [cell for cell in cells if cell.lstrip(" ").startswith(tuple("=+-@\t\r"))] == []
    _progress, last = await taken(client, exported)
    assert (last["changed"], last["created"], last["refused"]) == (len(typed), 0, 0)
    page = await contacts.list_records()
    assert page.items == made


async def test_large_exports_and_imports_go_in_steps(client: httpx.AsyncClient):
    """Every contact is there once, over several pages."""
    text = "email\n" + "".join(f"n{number:03}@example.com\n" for number in range(450))
    lines = await taken(client, text)
    assert [line["rows"] for line in lines] == [100, 200, 300, 400, 450, 450]
    assert {row["email"] for row in await given(client)} == {
        f"n{number:03}@example.com" for number in range(450)
    }


async def test_who_took_everybody_out_is_written_down(house: House, client: httpx.AsyncClient):
    """With the count, before the first contact leaves; who may not gets nothing."""
    await taken(client, "email\nada@example.com\n")
    await given(client)
    async with house.units.reading() as unit:
        rows = await unit.audit.chain(after=0, limit=10)
    deeds = [(row.deed.action, row.deed.who.id, dict(row.deed.detail)) for row in rows]
    assert deeds == [("imported", "700", {"count": 1}), ("exported", "700", {"count": 1})]
    house.agent_signed_in = False
    assert (await client.get(EXPORT)).status_code == 401
    assert (await client.post(IMPORT, content=b"email\n")).status_code == 401


async def test_a_file_has_a_largest_size(client: httpx.AsyncClient):
    """It is not read to its end."""
    reply = await client.post(IMPORT, content=b"x" * (MAX_FILE_BYTES + 1))
    assert reply.status_code == 413
    assert (await client.post(IMPORT, content=b"email\n\xff")).status_code == 422
