# /// script
# requires-python = ">=3.11"
# dependencies = []
# [tool.callingcard]
# description = "Makes whoever is signed in a contact in HubSpot"
# connectors = ["hubspot"]
# trigger = { http = "POST", auth = "visitor" }
# timeout = "20s"            # there may be two calls to HubSpot, of 8 seconds each
# sensitive = ["phone"]      # never kept in the history
# ///
"""Answers with the id of the contact, new or known."""

import visitor
from connectors import ConnectorError, hubspot

KNOWN = 409  # HubSpot's answer for an address that is a contact already


def main(company: str = "", phone: str = "") -> str | None:
    if not visitor.email:
        return None  # signed in, but with no address that anybody proved
    given = {
        "firstname": visitor.first_name,
        "lastname": visitor.last_name,
        "company": company,
        "phone": phone,
    }
    # What is not known is left out, so that it empties nothing at HubSpot.
    properties = {name: value for name, value in given.items() if value}
    try:
        return hubspot.create_contact(properties={"email": visitor.email, **properties}).id
    except ConnectorError as error:
        if error.status != KNOWN:
            raise
    known = hubspot.update_contact(
        contact_id=visitor.email, id_property="email", properties=properties
    )
    return known.id
