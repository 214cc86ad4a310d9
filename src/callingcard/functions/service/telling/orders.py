"""How a run that nobody waits for is seen through: tried again, or given up and told.

Invariant: every attempt has a key of its own, so it is at most one run; and an attempt
whose server died is followed by another, so what was due is run at least once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from callingcard.errors import CallingcardError, Invalid, NotFound
from callingcard.functions.model.jobs import Job
from callingcard.functions.model.runs import Run, RunState
from callingcard.functions.model.triggers import RunOrder
from callingcard.functions.model.values import FunctionName, Json
from callingcard.functions.ports.triggers import Invokes
from callingcard.functions.service.telling.alerts import AlertDesk
from callingcard.functions.service.telling.jobs import TryAgain

WAITS: Final = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
"""How long to wait before each of the three times that an order is tried again."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a job wants to be run."""

    function: FunctionName
    arguments: Mapping[str, Json]
    trigger: Literal["schedule", "event"]
    extra: Mapping[str, str]
    retried: bool
    """Whether it is tried again when the function fails, and not only when it is not run."""


class Orders:
    """Has orders run."""

    def __init__(self, invokes: Invokes, alerts: AlertDesk) -> None:
        """Tell *alerts* what could not be run at all; of runs they hear by themselves."""
        self._invokes = invokes
        self._alerts = alerts

    async def carry_out(self, job: Job, order: Order) -> Run | None:
        """Run *order* for *job*; None when there is nothing to run it with.

        Raises TryAgain while it may be tried again.
        """
        left = len(WAITS) + 1 - job.attempt
        if left < 0:
            await self._give_up(order, "the server stopped each time it was tried")
            return None
        extra = {**order.extra, "job": job.id, "attempt": str(job.attempt)}
        if order.retried:
            extra["retries_left"] = str(left)
        wanted = RunOrder(
            order.function,
            order.arguments,
            order.trigger,
            key=f"{job.id}:{job.attempt}",
            extra=extra,
        )
        try:
            run = await self._invokes.run(wanted)
        except NotFound:
            return None  # the function was deleted meanwhile
        except Invalid as error:
            await self._give_up(order, f"its parameters do not fit: {_reasons(error)}")
            return None
        except CallingcardError as error:
            if left:
                raise TryAgain(_wait(job)) from error
            await self._give_up(order, error.message)
            return None
        if order.retried and left and run.state is not RunState.SUCCEEDED:
            raise TryAgain(_wait(job))
        return run

    async def _give_up(self, order: Order, why: str) -> None:
        await self._alerts.not_run(order.function, why=why, trigger=order.trigger)


def _reasons(error: Invalid) -> str:
    said = [f"{name} {why}" for name, why in error.fields.items()]
    return "; ".join(said) or error.message


def _wait(job: Job) -> timedelta:
    return WAITS[min(job.attempt, len(WAITS)) - 1]
