"""HubSpot's words for what a conversation here is made of."""

from typing import Final

CHANNEL: Final = "1000"
"""HubSpot's number for live chat."""
SYSTEM: Final = "S-hubspot"
"""HubSpot's name for what nobody in particular wrote."""
OPAQUE: Final = "CHANNEL_SPECIFIC_OPAQUE_ID"
