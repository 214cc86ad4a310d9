"""Opens the desk's chatflows."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from callingcard.backends.addresses import checked_url
from callingcard.backends.guarded import GuardedFetch, Outgoing
from callingcard.desk.ports.flows import FunctionCaller
from callingcard.desk.ports.router import Router, Settling
from callingcard.desk.service.crm.records import Stamp
from callingcard.desk.service.flows.chatflows import ChatflowDesk
from callingcard.desk.service.flows.imagining import ImaginingDesk
from callingcard.desk.service.flows.talking import FlowTalk, Outside
from callingcard.desk.service.flows.writing import Writer
from callingcard.errors import UpstreamError
from callingcard.functions.service.running.invoke import Invoker
from callingcard.functions.service.running.run_calls import Call
from callingcard.kit.codec import canonical_json, parse_json_object
from callingcard.server.desk.around import DeskAround

TIMEOUT: Final = timedelta(seconds=5)
"""How long a bot's webhook may take, while a visitor waits."""

_MAX_REPLY_BYTES: Final = 64 * 1024


class BotSilent(UpstreamError):
    """A bot's webhook gave no answer that can be used."""

    code = "desk.bot_silent"


@dataclass(frozen=True, slots=True)
class FlowsHouse:
    """What was opened."""

    flows: ChatflowDesk
    imagining: ImaginingDesk
    talk: FlowTalk
    fetch: GuardedFetch

    async def close(self) -> None:
        """Close what calls webhooks."""
        await self.fetch.close()

    async def sweep(self) -> int:
        """Let talks go on whose time has come; return how many did."""
        return await self.talk.sweep()


class InvokedFunctions:
    """Calls deployed functions; implements ``desk.ports.flows.FunctionCaller``."""

    def __init__(self, invoker: Invoker) -> None:
        """Run them with *invoker*."""
        self._invoker = invoker

    async def call(self, name: str, arguments: Mapping[str, Any], *, once: str) -> Any:
        """Return what the function returns; *once* makes a repeated call the same run."""
        call = Call(name, arguments, "event", caller="chatflow", idempotency_key=once)
        return (await self._invoker.invoke(call)).value


class GuardedBotWebhooks:
    """Calls bots' webhooks; implements ``desk.ports.flows.BotWebhooks``."""

    def __init__(
        self, fetch: GuardedFetch, *, private: bool, timeout: timedelta = TIMEOUT
    ) -> None:
        """Call addresses of one's own network only when *private*."""
        self._fetch = fetch
        self._private = private
        self._timeout = timeout.total_seconds()

    async def call(
        self, url: str, event: Mapping[str, Any], *, once: str
    ) -> Mapping[str, Any]:
        """Return the reply; raises BotSilent, and CallStopped when nothing came back."""
        try:
            target = checked_url(url, private=self._private)
        except ValueError as error:
            raise BotSilent("the webhook's URL may not be called", retryable=False) from error
        headers = {"content-type": "application/json", "callingcard-call": once}
        call = Outgoing(
            "POST",
            target,
            headers,
            canonical_json(event),
            private=self._private,
            max_reply_bytes=_MAX_REPLY_BYTES,
        )
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._fetch.send(call)
        except TimeoutError as error:
            raise BotSilent("the webhook took too long", retryable=True) from error
        if reply.status // 100 != 2:  # noqa: PLR2004
            raise BotSilent("the webhook answered with an error", retryable=False)
        try:
            return parse_json_object(reply.body)
        except ValueError as error:
            raise BotSilent("the webhook answered no JSON object", retryable=False) from error


def open_flows(
    around: DeskAround,
    functions: FunctionCaller,
    *,
    router: Router,
    settling: Settling,
    private: bool,
) -> FlowsHouse:
    """Open chatflows; with *private*, bots' webhooks may be inside one's own network."""
    fetch = GuardedFetch()
    outside = Outside(functions, GuardedBotWebhooks(fetch, private=private), router, settling)
    writer = Writer(Stamp(around.clock, around.new_id))
    return FlowsHouse(
        flows=ChatflowDesk(around.units, around.clock),
        imagining=ImaginingDesk(around.units, around.clock),
        talk=FlowTalk(around.units, outside, writer, clock=around.clock, news=around.bus),
        fetch=fetch,
    )
