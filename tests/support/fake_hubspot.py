"""A HubSpot that counts and obeys: for tests of those who call it."""

import asyncio
import json
import threading

import httpx


class FakeHubSpot:
    """Answers as HubSpot does, *delay* seconds late; ``status`` says how."""

    def __init__(self, *, delay: float = 0.0) -> None:
        self.delay = delay
        self.status = 200
        self.requests: list[httpx.Request] = []
        self._lock = threading.Lock()

    @property
    def calls(self) -> int:
        """Return how often it was called."""
        return len(self.requests)

    def reply(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to *request*, and count it."""
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        if self.status != 200:
            return httpx.Response(self.status, json={"status": "error", "message": "no"})
        email = json.loads(request.content)["email"]
        return httpx.Response(200, json={"token": f"tok-{number}-{email}"})

    def waiting(self) -> httpx.MockTransport:
        """Return a transport for tasks."""

        async def handle(request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(self.delay)
            return self.reply(request)

        return httpx.MockTransport(handle)
