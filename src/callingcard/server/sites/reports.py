"""What a reload of the sites did, for the log and for whoever asked for it."""

from dataclasses import dataclass

import structlog

from callingcard.errors import ConfigError

logger = structlog.get_logger("callingcard.sites")


@dataclass(frozen=True, slots=True)
class Change:
    """What a reload did to one site; with a *problem*, nothing."""

    name: str
    changed: bool
    problem: ConfigError | None = None


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload did; with a *problem*, the file could not be read and counts as before.

    *restart* names sections of the settings that changed and count after a restart only.
    """

    changes: tuple[Change, ...]
    problem: ConfigError | None = None
    restart: tuple[str, ...] = ()


def tell_log(done: Reloaded) -> None:
    """Log what a reload did, for one that nobody waited for."""
    if done.problem is not None:
        logger.error(
            "settings not reloaded", problem=done.problem.message, remedy=done.problem.hint
        )
    if done.restart:
        logger.warning("changed settings count after a restart", sections=list(done.restart))
    for change in done.changes:
        if change.problem is not None:
            logger.error("site not reloaded", site=change.name, problem=change.problem.message)
        elif change.changed:
            logger.info("site reloaded", site=change.name)
