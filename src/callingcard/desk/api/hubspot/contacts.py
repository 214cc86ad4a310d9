"""Where HubSpot's contacts are found."""

from callingcard.desk.api.hubspot.calls import Paths
from callingcard.desk.api.hubspot.crm.paths import record_paths
from callingcard.desk.service.crm.contact_batches import ContactBatches
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.kit.clock import Clock


def contact_paths(contacts: ContactDesk, batches: ContactBatches, clock: Clock) -> Paths:
    """Return the operations on contacts, under each of their base paths."""
    return record_paths(contacts, batches, clock)
