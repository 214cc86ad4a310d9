"""What else hangs on a contact and moves when contacts are merged."""

from collections.abc import Sequence
from typing import Protocol

from callingcard.desk.model.ids import ContactId
from callingcard.desk.ports.units import Unit


class Belongings(Protocol):
    """One room's things that belong to contacts, such as their companies."""

    @property
    def name(self) -> str:
        """The room's name, under which a merge remembers what moved."""
        ...

    async def move(self, unit: Unit, *, of: ContactId, to: ContactId) -> Sequence[str]:
        """Give what belongs to *of* to *to*; return names that ``move_back`` understands."""
        ...

    async def move_back(
        self, unit: Unit, moved: Sequence[str], *, of: ContactId, to: ContactId
    ) -> None:
        """Give back from *of* what ``move`` brought there and is still there."""
        ...
