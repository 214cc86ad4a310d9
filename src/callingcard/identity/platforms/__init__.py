"""The chat platforms we vouch to, by name; one file each, all pure.

Another package adds one with an entry point of the group ``callingcard.platforms``.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from callingcard.errors import ConfigError
from callingcard.identity.errors import UnknownPlatform
from callingcard.identity.ports import Platform
from callingcard.kit import plugins

GROUP: Final = "callingcard.platforms"
BUILT_IN: Final[Mapping[str, str]] = {
    name: f"callingcard.identity.platforms.{place}"
    for name, place in {
        "chatwoot": "chatwoot:Chatwoot",
        "crisp": "crisp:Crisp",
        "desk": "desk:Desk",
        "drift": "drift:Drift",
        "freshchat": "freshchat:Freshchat",
        "front": "front:Front",
        "helpcrunch": "helpcrunch:HelpCrunch",
        "helpscout": "helpscout:HelpScout",
        "hmac": "generic_hmac:GenericHMAC",
        "hubspot": "hubspot:HubSpot",
        "intercom": "intercom:Intercom",
        "intercom-hmac": "intercom_hmac:IntercomHMAC",
        "jwt": "generic_jwt:GenericJWT",
        "kustomer": "kustomer:Kustomer",
        "libredesk": "libredesk:LibreDesk",
        "livechat": "livechat:LiveChat",
        "plain": "plain:Plain",
        "pylon": "pylon:Pylon",
        "salesforce": "salesforce:Salesforce",
        "sunshine": "sunshine:Sunshine",
        "tawk": "tawk:Tawk",
        "tiledesk": "tiledesk:Tiledesk",
        "zendesk": "zendesk:ZendeskMessaging",
        "zendesk-chat": "zendesk_chat:ZendeskChat",
    }.items()
}


def known() -> list[str]:
    """Return the names of every platform that is installed."""
    return plugins.names(GROUP, BUILT_IN)


def build(name: str, **settings: Any) -> Platform:
    """Return the platform *name* with its *settings*.

    Raises UnknownPlatform, or ConfigError when the settings are not the ones it takes.

    >>> build("hubspot", access_token="pat-example").name
    'hubspot'
    """
    try:
        kind = plugins.load(GROUP, name, BUILT_IN)
    except LookupError:
        raise UnknownPlatform(
            "The settings name a chat platform that is not installed.",
            hint=f"Installed are: {', '.join(known())}.",
        ) from None
    try:
        return cast("Platform", kind(**settings))
    except TypeError as error:
        raise ConfigError(
            f"The settings of the platform {name} are not the ones it takes.",
            hint=str(error).removeprefix(f"{kind.__name__}.").strip(),
        ) from None
