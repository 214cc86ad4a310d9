"""How a page includes the client for each platform, and what the server hands over for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Platform:
    """One platform of the browser client, as the tests' pages use it."""

    name: str
    settings: Callable[[str, str], dict[str, Any]]
    attributes: tuple[str, ...] = ()
    loader: str = ""
    after: str = ""
    """What the page has after the client's tag, which then may not be late."""
    pulls: bool = False
    """Whether the widget asks for tokens, so that a renewal is not pushed to it."""
    early: bool = True
    """Whether the widget can know the person before it opens for the first time."""
    widget: str = ""

    def __post_init__(self) -> None:
        """Give the widget the platform's name unless it has another."""
        if not self.widget:
            object.__setattr__(self, "widget", self.name)


def _email(who: str) -> str:
    return f"{who}@example.com"


def _hubspot(who: str, token: str) -> dict[str, Any]:
    return {"identificationEmail": _email(who), "identificationToken": token}


def _crisp(who: str, token: str) -> dict[str, Any]:
    return {
        "websiteId": "web1",
        "email": _email(who),
        "signature": token,
        "tokenId": f"token-{who}",
        "nickname": who,
    }


def _chatwoot(who: str, token: str) -> dict[str, Any]:
    user = {"identifier_hash": token, "email": _email(who)}
    place = {"websiteToken": "web1", "baseUrl": "https://chat.example"}
    return {**place, "identifier": who, "user": user}


def _helpscout(who: str, token: str) -> dict[str, Any]:
    return {"beaconId": "web1", "identify": {"email": _email(who), "signature": token}}


def _front(who: str, token: str) -> dict[str, Any]:
    return {"chatId": "web1", "email": _email(who), "userHash": token, "name": who}


def _tawk(who: str, token: str) -> dict[str, Any]:
    return {"propertyId": "web1", "hash": token, "email": _email(who), "name": who}


def _drift(who: str, token: str) -> dict[str, Any]:
    attributes = {"email": _email(who), "name": who}
    return {"embedId": "web1", "userId": who, "attributes": attributes, "userJwt": token}


def _data(platform: str, app: str = "web1") -> tuple[str, ...]:
    return (f'data-platform="{platform}"', f'data-app="{app}"')


HUBSPOT = Platform("hubspot", _hubspot, ('data-widget="/vendors/hubspot.js"',))
INTERCOM = Platform(
    "intercom",
    lambda _who, token: {"app_id": "app1", "intercom_user_jwt": token},
    _data("intercom", "app1"),
    "https://widget.intercom.io/widget/app1",
)
ZENDESK = Platform(
    "zendesk",
    lambda _who, token: {"jwt": token},
    _data("zendesk", "key1"),
    "https://static.zdassets.com/ekr/snippet.js?key=key1",
    pulls=True,
    early=False,
)
SALESFORCE = Platform(
    "salesforce",
    lambda _who, token: {"identityTokenType": "JWT", "identityToken": token},
    ('data-platform="salesforce"',),
    after='<script src="/vendors/salesforce.js"></script>',
    early=False,
)
PLATFORMS = (
    HUBSPOT,
    Platform("desk", _hubspot, HUBSPOT.attributes, widget="hubspot"),
    INTERCOM,
    Platform(
        "intercom-hmac",
        lambda who, token: {"app_id": "app1", "user_id": who, "user_hash": token},
        _data("intercom-hmac", "app1"),
        INTERCOM.loader,
        widget="intercom",
    ),
    ZENDESK,
    Platform("crisp", _crisp, _data("crisp"), "https://client.crisp.chat/l.js"),
    Platform(
        "chatwoot",
        _chatwoot,
        (*_data("chatwoot"), 'data-widget="https://chat.example/packs/js/sdk.js"'),
        "https://chat.example/packs/js/sdk.js",
        early=False,
    ),
    Platform("helpscout", _helpscout, _data("helpscout"), "https://beacon-v2.helpscout.net"),
    Platform(
        "front",
        _front,
        _data("front"),
        "https://chat-assets.frontapp.com/v1/chat.bundle.js",
    ),
    Platform("tawk", _tawk, _data("tawk"), "https://embed.tawk.to/web1/default"),
    Platform("drift", _drift, _data("drift"), "https://js.driftt.com/include/"),
    SALESFORCE,
)
