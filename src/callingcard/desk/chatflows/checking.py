"""Whether the steps of a chatflow lead somewhere: no circle that turns by itself."""

from collections.abc import Mapping, Sequence

from callingcard.desk.chatflows.steps import Form, Question, Step, ways_on


def check_ways(
    start: str | None, steps: Mapping[str, Step]
) -> tuple[Mapping[str, str], Sequence[str]]:
    """Return what is wrong with the ways through *steps*, by path, and what is odd.

    A circle is wrong when nothing in it waits for the visitor; a question that is
    skipped once its answer is known does not.
    """
    problems: dict[str, str] = {}
    if start is None and steps:
        problems["start"] = "name the step to begin with"
    circle = _circle(steps)
    if circle:
        problems[f"steps.{circle[0]}"] = (
            "goes round for ever without asking the visitor anything: "
            + " → ".join([*circle, circle[0]])[:200]
        )
    reached = _reached(start, steps)
    odd = [f"steps.{name}: no step leads here" for name in steps if name not in reached]
    return problems, odd


def _reached(start: str | None, steps: Mapping[str, Step]) -> set[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name is None or name in reached or name not in steps:
            continue
        reached.add(name)
        ahead.extend(follow for _, follow in ways_on(steps[name]))
    return reached


def _waits(step: Step) -> bool:
    """Say whether a step always waits for the visitor."""
    return isinstance(step, (Question, Form)) and not step.skip_known


def _circle(steps: Mapping[str, Step]) -> Sequence[str]:
    """Return the names of one circle of steps none of which waits, or nothing.

    Steps without a way in from another such step are taken away until none is left or
    each has one; what is left then leads, going backwards, into a circle.
    """
    before: dict[str, set[str]] = {name: set() for name in steps if not _waits(steps[name])}
    for name in before:
        for _, follow in ways_on(steps[name]):
            if follow in before:
                before[follow].add(name)
    ahead = [name for name, ways in before.items() if not ways]
    while ahead:
        gone = ahead.pop()
        del before[gone]
        for name, ways in before.items():
            if gone in ways:
                ways.discard(gone)
                if not ways:
                    ahead.append(name)
    if not before:
        return ()
    walk = [min(before)]
    while (name := min(before[walk[-1]])) not in walk:
        walk.append(name)
    return walk[walk.index(name) :][::-1]
