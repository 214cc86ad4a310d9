"""Many contacts in one transaction."""

from collections.abc import Callable

from callingcard.desk.model.contacts import Contact
from callingcard.desk.ports.units import Units
from callingcard.desk.service.crm.batches import RecordBatches
from callingcard.desk.service.crm.contacts import ContactShelf
from callingcard.kit.clock import Clock


class ContactBatches(RecordBatches[Contact]):
    """Reads and changes many contacts at once; outcomes are in the order of the inputs."""

    def __init__(self, units: Units, clock: Clock, ids: Callable[[], str]) -> None:
        """Keep contacts in *units*; *ids* makes numbers for the new ones."""
        super().__init__(units, clock, ids, shelf=ContactShelf())
