# /// script
# requires-python = ">=3.11"
# dependencies = []
# [tool.callingcard]
# description = "A HubSpot identification token for whoever is signed in"
# connectors = ["hubspot"]
# trigger = { http = "POST", auth = "visitor" }
# timeout = "10s"            # HubSpot is given 8
# on_error = "anonymous"     # without a token the chat still opens, for a stranger
# ///
"""Asks HubSpot for a token each time; hubspot-token-cached remembers it."""

import visitor
from connectors import hubspot


def main(first_name: str | None = None, last_name: str | None = None) -> str | None:
    if not visitor.email:
        return None  # signed in, but with no address that anybody proved
    # Who it is comes from the proof. The page may only add a name where that has none.
    made = hubspot.create_token(
        email=visitor.email,
        first_name=visitor.first_name or first_name,
        last_name=visitor.last_name or last_name,
    )
    return made.token
