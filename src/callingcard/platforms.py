"""The chat platforms that a visitor can be vouched to, each a class with its settings."""

from callingcard.identity.platforms.desk import Desk
from callingcard.identity.platforms.hubspot import HubSpot

__all__ = ["Desk", "HubSpot"]
