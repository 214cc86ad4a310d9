"""The properties that are there from the start, with HubSpot's names and options.

The sources are HubSpot's lists of default properties:
https://knowledge.hubspot.com/properties/hubspots-default-contact-properties,
https://knowledge.hubspot.com/properties/hubspot-crm-default-company-properties and
https://knowledge.hubspot.com/properties/hubspots-default-deal-properties.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from callingcard.desk.model.objects import ObjectType, Pipeline, Stage
from callingcard.desk.model.properties import Option, Property, PropertyType

GROUPS: Final = {
    ObjectType.CONTACTS: ("contactinformation", "Contact information"),
    ObjectType.COMPANIES: ("companyinformation", "Company information"),
    ObjectType.DEALS: ("dealinformation", "Deal information"),
}
"""The group of each kind's built-in properties: its name and its label."""

DEALS: Final = Pipeline(
    "default",
    "Sales Pipeline",
    (
        Stage("appointmentscheduled", "Appointment Scheduled", "0.2"),
        Stage("qualifiedtobuy", "Qualified To Buy", "0.4"),
        Stage("presentationscheduled", "Presentation Scheduled", "0.6"),
        Stage("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        Stage("contractsent", "Contract Sent", "0.9"),
        Stage("closedwon", "Closed Won", "1.0", closed=True),
        Stage("closedlost", "Closed Lost", "0.0", closed=True),
    ),
)
"""The one pipeline, with the stages that HubSpot gives to a new account."""

CLOSED_STAGES: Final = frozenset(stage.id for stage in DEALS.stages if stage.closed)

_STAGES: Final = {
    "subscriber": "Subscriber",
    "lead": "Lead",
    "marketingqualifiedlead": "Marketing Qualified Lead",
    "salesqualifiedlead": "Sales Qualified Lead",
    "opportunity": "Opportunity",
    "customer": "Customer",
    "evangelist": "Evangelist",
    "other": "Other",
}
_LEAD_STATUSES: Final = {
    "NEW": "New",
    "OPEN": "Open",
    "IN_PROGRESS": "In Progress",
    "OPEN_DEAL": "Open Deal",
    "UNQUALIFIED": "Unqualified",
    "ATTEMPTED_TO_CONTACT": "Attempted to Contact",
    "CONNECTED": "Connected",
    "BAD_TIMING": "Bad Timing",
}


def _chosen(name: str, label: str, options: Mapping[str, str]) -> Property:
    """Return a property whose value is one of *options*."""
    listed = tuple(
        Option(value, words, display_order=place)
        for place, (value, words) in enumerate(options.items())
    )
    return Property(name, label, PropertyType.ENUMERATION, "select", options=listed)


def _number(name: str, label: str, **more: Any) -> Property:
    return Property(name, label, PropertyType.NUMBER, "number", **more)


def _moment(name: str, label: str, **more: Any) -> Property:
    return Property(name, label, PropertyType.DATETIME, "date", **more)


def _seen(name: str, label: str) -> Property:
    """Return a text that a chat may quote to the visitor."""
    return Property(name, label, visible_to_visitor=True)


def _named(
    object_type: ObjectType, modified: str, known: Iterable[Property]
) -> dict[str, Property]:
    """Return the properties by name, with those that every kind has."""
    always = (
        _number("hs_object_id", "Record ID", read_only=True),
        _moment("createdate", "Create Date", read_only=True),
        _moment(modified, "Last Modified Date", read_only=True),
    )
    group = GROUPS[object_type][0]
    return {
        one.name: replace(one, group=group, built_in=True, display_order=place)
        for place, one in enumerate((*known, *always))
    }


BUILT_IN: Final[Mapping[ObjectType, Mapping[str, Property]]] = {
    ObjectType.CONTACTS: _named(
        ObjectType.CONTACTS,
        "lastmodifieddate",
        (
            _seen("email", "Email"),
            _seen("firstname", "First Name"),
            _seen("lastname", "Last Name"),
            _seen("company", "Company Name"),
            _seen("phone", "Phone Number"),
            _seen("mobilephone", "Mobile Phone Number"),
            _seen("jobtitle", "Job Title"),
            _seen("website", "Website URL"),
            Property("address", "Street Address"),
            _seen("city", "City"),
            _seen("state", "State/Region"),
            _seen("zip", "Postal Code"),
            _seen("country", "Country/Region"),
            _seen("industry", "Industry"),
            _seen("plan", "Plan"),
            Property("message", "Message", field_type="textarea"),
            _seen("last_topic", "Last Topic"),
            _seen("hs_language", "Preferred language"),
            Property("hubspot_owner_id", "Contact owner"),
            Property("hs_additional_emails", "Additional email addresses", read_only=True),
            _chosen("lifecyclestage", "Lifecycle Stage", _STAGES),
            _chosen("hs_lead_status", "Lead Status", _LEAD_STATUSES),
        ),
    ),
    ObjectType.COMPANIES: _named(
        ObjectType.COMPANIES,
        "hs_lastmodifieddate",
        (
            _seen("name", "Company name"),
            _seen("domain", "Company Domain Name"),
            _seen("website", "Website URL"),
            Property("phone", "Phone Number"),
            Property("address", "Street Address"),
            _seen("city", "City"),
            _seen("state", "State/Region"),
            Property("zip", "Postal Code"),
            _seen("country", "Country/Region"),
            _seen("industry", "Industry"),
            Property("description", "Description", field_type="textarea"),
            _number("numberofemployees", "Number of Employees"),
            _number("annualrevenue", "Annual Revenue"),
            _seen("plan", "Plan"),
            Property("hubspot_owner_id", "Company owner"),
            _chosen("lifecyclestage", "Lifecycle Stage", _STAGES),
        ),
    ),
    ObjectType.DEALS: _named(
        ObjectType.DEALS,
        "hs_lastmodifieddate",
        (
            Property("dealname", "Deal Name"),
            _number("amount", "Amount"),
            _moment("closedate", "Close Date"),
            _chosen("pipeline", "Pipeline", {DEALS.id: DEALS.label}),
            _chosen(
                "dealstage", "Deal Stage", {stage.id: stage.label for stage in DEALS.stages}
            ),
            Property("dealtype", "Deal Type"),
            Property("description", "Deal Description", field_type="textarea"),
            Property("hubspot_owner_id", "Deal owner"),
        ),
    ),
}
"""Every built-in property of each kind, by name."""
