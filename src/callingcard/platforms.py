"""The chat platforms that a visitor can be vouched to, each a class with its settings.

    from callingcard.platforms import Intercom

Each is loaded at first use: an app that vouches to one does not pay for the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from callingcard.identity.platforms import BUILT_IN

if TYPE_CHECKING:
    from callingcard.identity.platforms.chatwoot import Chatwoot
    from callingcard.identity.platforms.crisp import Crisp
    from callingcard.identity.platforms.desk import Desk
    from callingcard.identity.platforms.drift import Drift
    from callingcard.identity.platforms.freshchat import Freshchat
    from callingcard.identity.platforms.front import Front
    from callingcard.identity.platforms.generic_hmac import GenericHMAC
    from callingcard.identity.platforms.generic_jwt import GenericJWT
    from callingcard.identity.platforms.helpcrunch import HelpCrunch
    from callingcard.identity.platforms.helpscout import HelpScout
    from callingcard.identity.platforms.hubspot import HubSpot
    from callingcard.identity.platforms.intercom import Intercom
    from callingcard.identity.platforms.intercom_hmac import IntercomHMAC
    from callingcard.identity.platforms.kustomer import Kustomer
    from callingcard.identity.platforms.libredesk import LibreDesk
    from callingcard.identity.platforms.livechat import LiveChat
    from callingcard.identity.platforms.plain import Plain
    from callingcard.identity.platforms.pylon import Pylon
    from callingcard.identity.platforms.salesforce import Salesforce
    from callingcard.identity.platforms.sunshine import Sunshine
    from callingcard.identity.platforms.tawk import Tawk
    from callingcard.identity.platforms.tiledesk import Tiledesk
    from callingcard.identity.platforms.zendesk import ZendeskMessaging
    from callingcard.identity.platforms.zendesk_chat import ZendeskChat

__all__ = [
    "Chatwoot",
    "Crisp",
    "Desk",
    "Drift",
    "Freshchat",
    "Front",
    "GenericHMAC",
    "GenericJWT",
    "HelpCrunch",
    "HelpScout",
    "HubSpot",
    "Intercom",
    "IntercomHMAC",
    "Kustomer",
    "LibreDesk",
    "LiveChat",
    "Plain",
    "Pylon",
    "Salesforce",
    "Sunshine",
    "Tawk",
    "Tiledesk",
    "ZendeskChat",
    "ZendeskMessaging",
]

_HOMES: Final = {
    kind: module for module, _, kind in (place.partition(":") for place in BUILT_IN.values())
}


def __getattr__(name: str) -> Any:
    """Load the class *name* when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'callingcard.platforms' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the platforms, loaded or not."""
    return sorted(__all__)
