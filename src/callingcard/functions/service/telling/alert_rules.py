"""When somebody is told of a failure, and in what words: rules over what was counted.

A group is told of at its first failure, then at the 10th, the 100th and so on; after it
has recovered, or when it is not muted any more, it counts from the beginning again.

Invariant: no text here holds an input, an output, or where a channel leads.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from callingcard.functions.model.alerts import Failing, Group, GroupState
from callingcard.kit.log import redact

QUIET: Final = timedelta(minutes=5)
"""How long a fault must not have shown before a success of the same version ends it: a
function that fails one time in ten has not recovered nine times in ten."""

BUDGET: Final = 20
"""How many messages a channel gets in an hour; the others come as one, later."""

BUDGET_SPAN: Final = timedelta(hours=1)
KEEP_TRYING: Final = timedelta(days=1)
"""How long a message is sent again that does not arrive."""

TELL_OTHERS_AT: Final = 3
"""The failed attempt at which the other channels are told."""

_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
_MOST_TITLE: Final = 300
_MOST_LINES: Final = 50


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is told."""

    subject: str
    body: str = field(repr=False)


def new_group(failing: Failing) -> Group:
    """Return the group that *failing* begins, with nothing counted yet."""
    return Group(
        fingerprint=failing.fingerprint,
        subject=failing.subject,
        kind=failing.kind,
        title=short(failing.title),
        first_at=failing.at,
        last_at=failing.at,
    )


def counted(group: Group, failing: Failing) -> tuple[Group, bool]:
    """Return *group* with *failing* counted, and whether somebody is told now."""
    muted = group.state is GroupState.MUTED and (
        group.muted_until is None or failing.at < group.muted_until
    )
    over = group.state is GroupState.RECOVERED or (
        group.state is GroupState.MUTED and not muted
    )
    before = 0 if over else group.streak
    told = not muted and crosses(before, before + failing.count)
    changed = replace(
        group,
        title=short(failing.title),
        last_at=max(group.last_at, failing.at),
        count=group.count + failing.count,
        streak=before + failing.count,
        state=GroupState.ALERTED if told else group.state,
        muted_until=group.muted_until if muted else None,
        last_run=failing.run or group.last_run,
        last_version=failing.version or group.last_version,
    )
    return changed, told


def crosses(before: int, after: int) -> bool:
    """Say whether counting on from *before* to *after* passes a power of ten.

    >>> [n for n in range(1, 2000) if crosses(n - 1, n)]
    [1, 10, 100, 1000]
    >>> crosses(7, 23)
    True
    """
    mark = 1
    while mark <= before:
        mark *= 10
    return mark <= after


def recovers(group: Group, *, version: str | None, now: datetime) -> bool:
    """Say whether a success of *version* means that this fault is over."""
    another = version is not None and group.last_version not in {None, version}
    return another or now - group.last_at >= QUIET


def recovered(group: Group) -> Group:
    """Return *group* as it is once the fault is over."""
    return replace(group, state=GroupState.RECOVERED, streak=0, muted_until=None)


def muted(group: Group, until: datetime | None) -> Group:
    """Return *group* muted; *until* None is until somebody resolves it."""
    return replace(group, state=GroupState.MUTED, muted_until=until)


def unmuted(group: Group) -> Group:
    """Return *group* heard again: its next failure is told, and so is its end."""
    if group.state is not GroupState.MUTED:
        return group
    return replace(group, state=GroupState.ALERTED, streak=0, muted_until=None)


def wait_before(attempt: int) -> timedelta:
    """Return how long to wait after failed *attempt*: twice as long each time.

    >>> [int(wait_before(n).total_seconds()) for n in (1, 2, 3, 30)]
    [30, 60, 120, 3600]
    """
    doublings = min(attempt - 1, 10)
    return min(_FIRST_WAIT * 2**doublings, _LONGEST_WAIT)


def alert_text(group: Group, *, public_url: str) -> Message:
    """Return what is said of a group that somebody is told of."""
    who = group.subject
    first, *more = _HEADS[group.kind]
    lines = [f"{who[:1].upper()}{who[1:]} {first}", *more, group.title, ""]
    since = f"{group.first_at:%Y-%m-%d %H:%M} UTC"
    times = "once" if group.count == 1 else f"{group.count} times since {since}"
    lines += [f"Counted {times}; last at {group.last_at:%Y-%m-%d %H:%M:%S} UTC."]
    if group.last_run:
        lines += [f"Run {group.last_run}: {public_url}/app/runs/{group.last_run}"]
    lines += [f"All alerts: {public_url}/app/alerts"]
    again = f" ({group.count} times)" if group.count > 1 else ""
    return Message(short(f"{who}: {group.title}{again}"), "\n".join(lines))


def recovery_text(group: Group, *, public_url: str) -> Message:
    """Return what is said of a group whose fault is over."""
    body = (
        f"{group.subject[:1].upper()}{group.subject[1:]} works again.\n"
        f"It was: {group.title}\n\n"
        f"Counted {group.count} in all; last at {group.last_at:%Y-%m-%d %H:%M:%S} UTC.\n"
        f"All alerts: {public_url}/app/alerts"
    )
    return Message(short(f"{group.subject} works again"), body)


def gathered(body: str, lines: int, message: Message) -> str:
    """Return a digest's *body*, of so many *lines*, with *message* added."""
    if lines < _MOST_LINES:
        return f"{body}\n- {message.subject}"
    kept = body.rpartition("\n… ")[0] or body
    return f"{kept}\n… and {lines - _MOST_LINES + 1} more"


def short(text: str) -> str:
    """Return *text* on one line, not too long, without keys and addresses."""
    line = " ".join(redact(text).split())
    return line if len(line) <= _MOST_TITLE else f"{line[: _MOST_TITLE - 1]}…"


_HEADS: Final = {
    "failure": ("has failed.",),
    "missed": ("was not run when it was due: no server was running.",),
    "silent": ("is due by the clock, but has not been run for a while.",),
}
