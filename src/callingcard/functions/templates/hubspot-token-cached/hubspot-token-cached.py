# /// script
# requires-python = ">=3.11"
# dependencies = []
# [tool.callingcard]
# description = "A HubSpot identification token, remembered for as long as it is good"
# connectors = ["hubspot"]
# storage = ["tokens"]
# trigger = { http = "POST", auth = "visitor" }
# timeout = "20s"            # who waits for another's call may have to make it after all
# on_error = "anonymous"     # without a token the chat still opens, for a stranger
# ///
"""One call to HubSpot for each visitor and half day, however many pages ask at once."""

import visitor
from connectors import hubspot
from storage import tokens


def main(first_name: str | None = None, last_name: str | None = None) -> str | None:
    if not visitor.email:
        return None  # signed in, but with no address that anybody proved
    lease = tokens.lease(visitor.email)  # the token, or the only right to make it
    if lease.hit:
        return lease.value
    made = hubspot.create_token(
        email=visitor.email,
        first_name=visitor.first_name or first_name,
        last_name=visitor.last_name or last_name,
    )
    # HubSpot's tokens are good for 12 hours. What has expired is cleaned up by itself.
    return lease.put(made.token, ttl="11h30m")
