"""Reads a chatflow's document: everything that is wrong with it, each with its path.

Invariant: a document that was accepted can be run to its end, whatever the visitor does.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from callingcard.desk.chatflows.checking import check_ways
from callingcard.desk.chatflows.reading import MAX_LABEL, NAME, Reader
from callingcard.desk.chatflows.steps import (
    MAX_STEPS,
    Branch,
    Call,
    Case,
    Chatflow,
    End,
    Form,
    FormField,
    Message,
    Option,
    Question,
    Route,
    Step,
    Wait,
    Webhook,
)
from callingcard.desk.personalisation import Registry
from callingcard.errors import Invalid
from callingcard.kit.durations import parse_duration

MAX_DOCUMENT: Final = 256 * 1024
MAX_OPTIONS: Final = 20
MAX_FIELDS: Final = 20
LONGEST_WAIT: Final = timedelta(days=7)
_MAX_CASES: Final = 50

_STEP_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_TEAM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}\Z")
_MEMBERS: Final = {
    "name", "enabled", "inbox", "identification", "priority", "hours", "target",
    "welcome", "start", "steps",
}  # fmt: skip
_STEP_MEMBERS: Final[Mapping[str, set[str]]] = {
    "message": {"text", "next"},
    "question": {"text", "options", "save_to", "skip_known", "next", "else"},
    "form": {"text", "fields", "prefill", "skip_known", "next", "else"},
    "branch": {"cases", "else"},
    "function": {"name", "arguments", "next", "on_error"},
    "webhook": {"url", "payload", "next", "on_error"},
    "wait": {"for", "next"},
    "route": {"text", "team"},
    "end": {"text", "close"},
}


def parse_flow(document: object, registry: Registry, *, name: str | None = None) -> Chatflow:
    """Return the chatflow that *document* describes; raises Invalid with every reason.

    *registry* knows the properties of contacts, companies and deals. *name*, where given,
    is what the document has to be called, if it names itself.
    """
    reader = _Reader(registry)
    flow = reader.flow(document, name)
    if reader.problems:
        raise Invalid(
            "this chatflow cannot be used",
            fields=reader.problems,
            hint="Mend what each path names; see docs/desk/chatflows.md.",
        )
    return flow


class _Reader(Reader):
    """Reads one document."""

    def flow(self, document: object, name: str | None) -> Chatflow:
        given = self.mapping(document, "document")
        self._size(given)
        self.only(given, _MEMBERS, "")
        called = given.get("name", name)
        if not isinstance(called, str) or not NAME.match(called):
            self.wrong("name", "must be 1 to 64 of a-z, 0-9, _ and -")
        elif name is not None and called != name:
            self.wrong("name", "must be the name under which it is put")
        steps = self._steps(given.get("steps", {}))
        start = self.next(given.get("start"), "start")
        warnings: Sequence[str] = ()
        if not self.problems:
            problems, warnings = check_ways(start, steps)
            self.problems.update(problems)
        if given.get("welcome") is None and not steps:
            self.wrong("steps", "a chatflow needs a welcome or a step")
        return Chatflow(
            name=str(called),
            inbox=self.name(given.get("inbox", "web"), "inbox"),
            enabled=self.flag(given, "enabled", "", usual=True),
            priority=self.priority(given.get("priority", 0)),
            identification=self._identification(given.get("identification", "optional")),
            hours=self.optional(given.get("hours"), "hours", self.name),
            target=self.optional(given.get("target"), "target", self.condition),
            welcome=self.optional(given.get("welcome"), "welcome", self.text),
            start=start,
            steps=steps,
            warnings=warnings,
        )

    def _identification(self, given: object) -> str:
        if not isinstance(given, str) or given not in {"optional", "required"}:
            self.wrong("identification", "must be optional or required")
        return str(given)

    def _size(self, given: Mapping[str, object]) -> None:
        try:
            size = len(json.dumps(given, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            self.wrong("document", "is no JSON")
        else:
            if size > MAX_DOCUMENT:
                self.wrong("document", f"longer than {MAX_DOCUMENT} bytes")

    def _steps(self, given: object) -> dict[str, Step]:
        found = self.mapping(given, "steps")
        if len(found) > MAX_STEPS:
            self.wrong("steps", f"more than {MAX_STEPS} steps")
            return {}
        self.step_names = set(found)
        steps: dict[str, Step] = {}
        for name, step in found.items():
            if not _STEP_NAME.match(name):
                self.wrong(f"steps.{name[:64]}", "name it with letters, digits, _ and -")
                continue
            read = self._step(step, f"steps.{name}")
            if read is not None:
                steps[name] = read
        return steps

    def _step(self, document: object, path: str) -> Step | None:
        given = self.mapping(document, path)
        kind = given.get("type")
        if not isinstance(kind, str) or kind not in _STEP_MEMBERS:
            self.wrong(f"{path}.type", f"must be one of {', '.join(_STEP_MEMBERS)}")
            return None
        self.only(given, {"type", *_STEP_MEMBERS[kind]}, f"{path}.")
        read: Mapping[str, Callable[[Mapping[str, object], str], Step]] = {
            "message": self._message,
            "question": self._question,
            "form": self._form,
            "branch": self._branch,
            "function": self._call,
            "webhook": self._webhook,
            "wait": self._wait,
            "route": self._route,
            "end": self._end,
        }
        return read[kind](given, path)

    def _message(self, given: Mapping[str, object], path: str) -> Step:
        text = self.text(given.get("text"), f"{path}.text")
        return Message(text, self.next(given.get("next"), f"{path}.next"))

    def _question(self, given: Mapping[str, object], path: str) -> Step:
        options = [
            self._option(option, f"{path}.options.{index}")
            for index, option in enumerate(
                self.sequence(given.get("options", []), f"{path}.options", MAX_OPTIONS)
            )
        ]
        said = [
            word for one in options for word in {one.label.casefold(), one.value.casefold()}
        ]
        if len(said) != len(set(said)):
            self.wrong(f"{path}.options", "two options say the same")
        save_to = self.optional(given.get("save_to"), f"{path}.save_to", self.saved)
        return Question(
            text=self.text(given.get("text"), f"{path}.text"),
            options=options,
            save_to=save_to,
            skip_known=self.flag(given, "skip_known", path, usual=False),
            next=self.next(given.get("next"), f"{path}.next"),
            otherwise=self.next(given.get("else", given.get("next")), f"{path}.else"),
        )

    def _option(self, given: object, path: str) -> Option:
        if isinstance(given, str):
            label = self.label(given, path)
            return Option(label, label)
        found = self.mapping(given, path)
        self.only(found, {"label", "value", "next"}, f"{path}.")
        label = self.label(found.get("label"), f"{path}.label")
        value = self.label(found.get("value", label), f"{path}.value")
        return Option(label, value, self.next(found.get("next"), f"{path}.next"))

    def _form(self, given: Mapping[str, object], path: str) -> Step:
        fields = self.sequence(given.get("fields"), f"{path}.fields", MAX_FIELDS)
        read = [self._field(one, f"{path}.fields.{at}") for at, one in enumerate(fields)]
        names = [one.info.name for one in read]
        if not read:
            self.wrong(f"{path}.fields", "must be a list with something in it")
        if len(names) != len(set(names)):
            self.wrong(f"{path}.fields", "asks for one property twice")
        return Form(
            text=self.optional(given.get("text"), f"{path}.text", self.text),
            fields=read,
            prefill=self.flag(given, "prefill", path, usual=False),
            skip_known=self.flag(given, "skip_known", path, usual=False),
            next=self.next(given.get("next"), f"{path}.next"),
            otherwise=self.next(given.get("else", given.get("next")), f"{path}.else"),
        )

    def _field(self, given: object, path: str) -> FormField:
        found = self.mapping(given, path)
        self.only(found, {"property", "label", "required"}, f"{path}.")
        info = self.saved(found.get("property"), f"{path}.property")
        usual = info.label or info.name.partition(".")[2].replace("_", " ").capitalize()
        label = self.label(found.get("label", usual or "?"), f"{path}.label")
        return FormField(info, label, self.flag(found, "required", path, usual=False))

    def _branch(self, given: Mapping[str, object], path: str) -> Step:
        cases = self.sequence(given.get("cases"), f"{path}.cases", _MAX_CASES)
        read: list[Case] = []
        for index, case in enumerate(cases):
            at = f"{path}.cases.{index}"
            found = self.mapping(case, at)
            self.only(found, {"when", "next"}, f"{at}.")
            when = self.condition(found.get("when"), f"{at}.when")
            read.append(Case(when, self.next(found.get("next"), f"{at}.next")))
        return Branch(read, self.next(given.get("else"), f"{path}.else"))

    def _call(self, given: Mapping[str, object], path: str) -> Step:
        arguments = self.mapping(given.get("arguments", {}), f"{path}.arguments")
        follow = self.next(given.get("next"), f"{path}.next")
        failed = self.next(given.get("on_error", given.get("next")), f"{path}.on_error")
        return Call(
            name=self.name(given.get("name"), f"{path}.name"),
            arguments={
                name[:MAX_LABEL]: self.text(text, f"{path}.arguments.{name[:MAX_LABEL]}")
                for name, text in list(arguments.items())[:MAX_FIELDS]
            },
            next=follow,
            on_error=failed,
        )

    def _webhook(self, given: Mapping[str, object], path: str) -> Step:
        payload = given.get("payload")
        if payload is not None and (
            not isinstance(payload, str) or len(payload) > MAX_DOCUMENT
        ):
            self.wrong(f"{path}.payload", "must be text")
        return Webhook(
            url=self.url(given.get("url"), f"{path}.url"),
            payload=payload if isinstance(payload, str) else None,
            next=self.next(given.get("next"), f"{path}.next"),
            on_error=self.next(given.get("on_error", given.get("next")), f"{path}.on_error"),
        )

    def _wait(self, given: Mapping[str, object], path: str) -> Step:
        pause = timedelta(0)
        try:
            pause = parse_duration(str(given.get("for")))
        except ValueError as error:
            self.wrong(f"{path}.for", str(error))
        if pause > LONGEST_WAIT:
            self.wrong(f"{path}.for", "at most 7d")
        return Wait(pause, self.next(given.get("next"), f"{path}.next"))

    def _route(self, given: Mapping[str, object], path: str) -> Step:
        team = given.get("team")
        if team is not None and (not isinstance(team, str) or not _TEAM.match(team)):
            self.wrong(f"{path}.team", "must be the name of a team")
        text = self.optional(given.get("text"), f"{path}.text", self.text)
        return Route(text, team if isinstance(team, str) else None)

    def _end(self, given: Mapping[str, object], path: str) -> Step:
        text = self.optional(given.get("text"), f"{path}.text", self.text)
        return End(text, self.flag(given, "close", path, usual=False))
