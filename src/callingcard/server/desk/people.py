"""Opens what finds out who a visitor is: one-time codes, and merging contacts."""

from collections.abc import Sequence
from dataclasses import dataclass

from callingcard.desk.ports.belongings import Belongings
from callingcard.desk.ports.mail import Mails
from callingcard.desk.ports.talks import Talks
from callingcard.desk.service.merging.desk import MergingDesk
from callingcard.desk.service.visitors.codes import CodeDesk
from callingcard.desk.service.visitors.opening import Opening
from callingcard.server.desk.around import DeskAround


@dataclass(frozen=True, slots=True)
class PeopleHouse:
    """What was opened."""

    codes: CodeDesk
    merging: MergingDesk

    async def sweep(self) -> int:
        """Forget codes that count no longer and what undoing old merges needed."""
        return await self.codes.sweep() + await self.merging.sweep()


def open_people(
    around: DeskAround,
    mails: Mails,
    *,
    belongings: Sequence[Belongings] = (),
    talks: Talks | None = None,
) -> PeopleHouse:
    """Open everything; *mails* carries the codes, *belongings* move with merged contacts.

    *talks* greets those who proved an address.
    """
    return PeopleHouse(
        codes=CodeDesk(
            around.units,
            mails,
            secrets=around.secrets,
            clock=around.clock,
            opening=Opening(around.clock, around.new_id, talks),
            news=around.bus,
        ),
        merging=MergingDesk(
            around.units,
            clock=around.clock,
            ids=around.new_id,
            news=around.bus,
            belongings=belongings,
        ),
    )
