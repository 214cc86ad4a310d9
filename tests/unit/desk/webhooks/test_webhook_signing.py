"""Our signatures are HubSpot's: the published vectors, and the SDK's own validator."""

import time

import pytest
from hubspot.utils.signature import Signature

from callingcard.desk.service.webhooks.signing import (
    signature_v1,
    signature_v2,
    signature_v3,
    signed_headers,
)

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URI = "https://www.example.com/webhook_uri"
DOC_BODY = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,'
    b'"changeSource":"CRM","changeFlag":"NEW","appId":54321}]'
)


def test_version_1_is_as_documented():
    """The example of HubSpot's page about validating requests."""
    expected = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
    assert signature_v1(SECRET, DOC_BODY) == expected


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("GET", b"", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"),
        (
            "POST",
            b'{"example_field":"example_value"}',
            "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900",
        ),
    ],
)
def test_version_2_is_as_documented(method: str, body: bytes, expected: str):
    """Both examples of HubSpot's page."""
    assert signature_v2(SECRET, method, URI, body) == expected


def test_version_3_is_what_the_sdk_computes():
    """A vector that was computed with HubSpot's Python SDK."""
    expected = "vnX5Als0n2OhEZQxOS/1ftERzeabHuxE8jEarlPWRdE="
    assert signature_v3(SECRET, "POST", URI, b'[{"eventId":1}]', "1700000000000") == expected


def test_the_escapes_that_hubspot_undoes_make_no_difference():
    """A path that is written with or without them has one signature; others stay."""
    plain = signature_v3(SECRET, "POST", "https://a.example/x:y@z,(1)", b"", "1")
    for escaped in ("x%3Ay%40z%2C%281%29", "x%3ay%40z%2c%281%29"):
        uri = f"https://a.example/{escaped}"
        assert signature_v3(SECRET, "POST", uri, b"", "1") == plain
    space = signature_v3(SECRET, "POST", "https://a.example/x%20y", b"", "1")
    assert space != signature_v3(SECRET, "POST", "https://a.example/x y", b"", "1")


@pytest.mark.parametrize("older", ["v1", "v2"])
def test_the_sdk_accepts_what_we_send(older: str):
    """HubSpot's own validator says yes to each signature, and no to a changed body."""
    body = '[{"eventId":1,"propertyValue":"Åsa"}]'
    now = str(int(time.time() * 1000))
    headers = signed_headers(
        SECRET,
        URI,
        body.encode(),
        timestamp=now,
        older=older,  # pyright: ignore[reportArgumentType]
    )

    def valid(text: str, version: str, header: str) -> bool:
        return Signature.is_valid(
            headers[header],
            SECRET,
            text,
            http_uri=URI,
            http_method="POST",
            signature_version=version,
            timestamp=headers["X-HubSpot-Request-Timestamp"],
        )

    assert headers["X-HubSpot-Signature-Version"] == older
    assert valid(body, "v3", "X-HubSpot-Signature-v3")
    assert valid(body, older, "X-HubSpot-Signature")
    assert not valid(body + " ", "v3", "X-HubSpot-Signature-v3")
    assert not valid(body + " ", older, "X-HubSpot-Signature")
