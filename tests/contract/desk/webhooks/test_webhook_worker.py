"""The worker that sends, over a real socket: signed, in time, and to nobody forbidden."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hubspot.utils.signature import Signature
from tests.support.desk_house import House

from callingcard.backends.guarded import GuardedFetch
from callingcard.backends.jobs import Worker
from callingcard.desk.model.webhooks import Batch, DeliveryState
from callingcard.desk.service.webhooks.endpoints import Wanted, WebhookDesk
from callingcard.desk.service.webhooks.sending import WebhookSending
from callingcard.server.desk.webhooks import GuardedSender

Request = tuple[dict[str, str], bytes]


class Receiver:
    """A receiver on loopback that answers with a status, or not at all."""

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.requests: asyncio.Queue[Request] = asyncio.Queue()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        pairs = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
        await self.requests.put((headers, body))
        if self.status is not None:
            answer = f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\nConnection: close"
            writer.write(f"{answer}\r\nLocation: {self.url}/elsewhere\r\n\r\n".encode())
            await writer.drain()
            writer.close()
        else:
            await reader.read()
            writer.close()


@asynccontextmanager
async def receiving(status: int | None) -> AsyncIterator[Receiver]:
    """Open a receiver."""
    receiver = Receiver(status)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()


async def say(house: House) -> None:
    """Let a visitor say something."""
    opened = await house.enter()
    await house.conversations.post_as_visitor(
        opened.session, text="hi", client_message_id="c-1"
    )


async def test_the_worker_tells_a_receiver(house: House):
    """An event goes out by itself, and HubSpot's validator takes it for HubSpot's."""
    async with receiving(204) as receiver:
        fetch = GuardedFetch()
        sender = GuardedSender(fetch, private=True)
        desk = WebhookDesk(house.units, sender, clock=house.clock, ids=house.ids)
        made, secret = await desk.add(Wanted(receiver.url), ["conversation.newMessage"])
        sending = WebhookSending(house.units, sender, clock=house.clock)
        await say(house)
        beats = {"webhooks": sending.spread}
        worker: Worker[Batch] = Worker(sending, beats, every=timedelta(milliseconds=20))
        async with worker:
            headers, body = await asyncio.wait_for(receiver.requests.get(), 10)
            async with asyncio.timeout(10):
                while not (await desk.deliveries(made.id))[0].ended_at:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        await fetch.close()
    assert json.loads(body)[0]["subscriptionType"] == "conversation.newMessage"
    assert Signature.is_valid(
        headers["x-hubspot-signature"],
        secret,
        body.decode(),
        http_uri=receiver.url,
        http_method="POST",
        signature_version=headers["x-hubspot-signature-version"],
    )
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "problem"),
    [(307, "the answer was 307"), (500, "the answer was 500"), (None, "no answer within")],
)
async def test_what_is_no_success_is_tried_again(
    house: House, status: int | None, problem: str
):
    """A redirect is not followed; who says nothing in time has failed."""
    async with receiving(status) as receiver:
        fetch = GuardedFetch()
        patience = timedelta(seconds=2 if status is None else 30)
        sender = GuardedSender(fetch, private=True, timeout=patience)
        desk = WebhookDesk(house.units, sender, clock=house.clock, ids=house.ids)
        made, _ = await desk.add(Wanted(receiver.url), ["conversation.newMessage"])
        sending = WebhookSending(house.units, sender, clock=house.clock)
        await say(house)
        await sending.spread()
        (batch,) = await sending.due(8)
        await sending.perform(batch)
        await fetch.close()
        assert receiver.requests.qsize() == 1
    (delivery,) = await desk.deliveries(made.id)
    assert (delivery.state, delivery.last_status) == (DeliveryState.WAITING, status)
    assert (delivery.last_problem or "").startswith(problem)


async def test_addresses_of_ones_own_network_are_refused(house: House):
    """When it is added, and again when it is sent: a name may change its mind."""
    async with receiving(204) as receiver:

        async def resolve(host: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        fetch = GuardedFetch(resolve=resolve)
        sender = GuardedSender(fetch, private=False)
        assert sender.refusal(receiver.url)
        sent = await sender.send("https://inside.example/in", {}, b"[]")
        assert sent.status is None
        assert "may not be called" in (sent.problem or "")
        assert receiver.requests.empty()
        await fetch.close()
