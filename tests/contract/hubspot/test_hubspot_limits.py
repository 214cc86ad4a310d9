"""HubSpot's own Python clients wait when they are refused, and read a thousand contacts."""

from types import SimpleNamespace

import hubspot
import hubspot_sdk
import pytest
from tests.contract.hubspot.every_call import KEY, Desk
from urllib3.util import Retry


def sleeps(monkeypatch: pytest.MonkeyPatch, module: str) -> list[float]:
    """Let *module* sleep no more; return for how long it would have."""
    slept: list[float] = []
    monkeypatch.setattr(f"{module}.time", SimpleNamespace(sleep=slept.append))
    return slept


def test_the_python_client_waits_and_comes_again(
    waited_for_desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """Told to retry, it waits as long as the reply says, and is let in."""
    slept = sleeps(monkeypatch, "urllib3.util.retry")
    retry = Retry(total=1, status_forcelist=[429], allowed_methods=None)
    client = hubspot.HubSpot(access_token=KEY, host=waited_for_desk.address, retry=retry)
    waited_for_desk.use_up()
    assert client.crm.contacts.basic_api.get_page().results == []
    assert slept == [10]


def test_the_newer_client_waits_and_comes_again(
    waited_for_desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """It retries without being told, waits as long as the reply says, and is let in."""
    slept = sleeps(monkeypatch, "hubspot_sdk._base_client")
    with hubspot_sdk.HubSpot(access_token=KEY, base_url=waited_for_desk.address) as client:
        waited_for_desk.use_up()
        assert client.crm.objects.contacts.list().results == []
    assert slept == [10]


def test_the_newer_client_tells_which_limit_it_was(live_desk: Desk):
    """Without retries it raises its own error, with HubSpot's words in it."""
    live_desk.use_up()
    with (
        hubspot_sdk.HubSpot(
            access_token=KEY, base_url=live_desk.address, max_retries=0
        ) as client,
        pytest.raises(hubspot_sdk.RateLimitError) as caught,
    ):
        client.crm.objects.contacts.list()
    body = caught.value.body
    assert isinstance(body, dict)
    assert body["policyName"] == "TEN_SECONDLY_ROLLING"


def test_the_newer_client_reads_a_thousand_contacts(live_desk: Desk):
    """Its own iterator sees each of 1,050 once, in the order they were made."""
    emails = live_desk.fill(1050)
    with hubspot_sdk.HubSpot(access_token=KEY, base_url=live_desk.address) as client:
        found = client.crm.objects.contacts.list(limit=100, properties=["email"])
        assert [contact.properties["email"] for contact in found] == emails
