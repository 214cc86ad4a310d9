"""How a talk goes on: a state and a signal give what to say, to keep and to ask for.

Nothing is done here: calling a function, waiting and handing over are asked for, and
the answer comes back as the next signal. So a talk can stop anywhere, for as long as it
likes, and go on in another process.

Invariants: every signal ends in an ask or changes nothing; the same state and signal
give the same turn; to who did not prove who they are, the CRM does not exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, cast

from callingcard.desk.chatflows.answers import chosen, fact_of, read_answer, read_form
from callingcard.desk.chatflows.steps import (
    Branch,
    Call,
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
from callingcard.desk.chatflows.talk import (
    Answered,
    Around,
    Ask,
    AwaitAnswer,
    Began,
    CallFunction,
    CallWebhook,
    Elapsed,
    Failed,
    Finish,
    HandOver,
    Pause,
    Replied,
    Returned,
    Say,
    Signal,
    State,
    Turn,
)
from callingcard.desk.model.chatflows import PropertyInfo, Waits
from callingcard.kit.conditions import evaluate
from callingcard.kit.conditions.comparisons import Value, is_known

MAX_STEPS_AT_ONCE: Final = 250
MAX_STEPS_IN_ALL: Final = 2000
MAX_MISSES: Final = 3
_MAX_RESULTS: Final = 50
_MAX_RESULT: Final = 1000
_CLOSED: Final = ("contact.", "company.", "deal.")
_FORM_TEXT: Final = "Please fill this in."
_AGAIN: Final = {
    "number": "Please write a number.",
    "bool": "Please answer yes or no.",
    "date": "Please write a date like 2030-12-31.",
}
_WAITS: Final[Mapping[type, Waits]] = {
    AwaitAnswer: Waits.ANSWER,
    CallFunction: Waits.FUNCTION,
    CallWebhook: Waits.WEBHOOK,
    Pause: Waits.TIME,
    HandOver: Waits.NOTHING,
    Finish: Waits.NOTHING,
}


@dataclass(frozen=True, slots=True)
class _Go:
    """Go on with a step, or with people when there is none."""

    to: str | None


_Onward: TypeAlias = _Go | Ask


def advance(flow: Chatflow, state: State, signal: Signal, around: Around) -> Turn:
    """Return what comes of *signal*; a signal that is not waited for changes nothing."""
    talk = _Talk(flow, state, around)
    onward = talk.take(signal)
    return Turn(state) if onward is None else talk.run(onward)


def asked(flow: Chatflow, state: State, around: Around) -> Ask | None:
    """Return again what a talk asked for, to do it in another process or after a restart."""
    step = flow.steps.get(state.step or "")
    if state.step is None or state.waits not in {Waits.FUNCTION, Waits.WEBHOOK}:
        return None
    if not isinstance(step, (Call, Webhook)):
        return None
    return _Talk(flow, state, around).ask_for(state.step, step)


class _Talk:
    """One turn of a talk, being made."""

    def __init__(self, flow: Chatflow, state: State, around: Around) -> None:
        self._flow = flow
        self._around = around
        self._state = state
        self._answers = dict(state.answers)
        self._said = dict(state.said)
        self._changes: dict[str, str] = {}
        self._says: list[Say] = []
        self._trace: list[Mapping[str, Any]] = []
        self._facts = self._all_facts()

    def _all_facts(self) -> dict[str, Value]:
        """Return what may be looked at: what was proved goes before what was said."""
        open_to_all = {
            name: value
            for name, value in self._around.facts.items()
            if self._around.proven or not name.startswith(_CLOSED)
        }
        answers = {f"answer.{name}": value for name, value in self._answers.items()}
        said = dict(self._said)
        if self._around.proven:
            said.pop("contact.email", None)
        return {**said, **open_to_all, **answers}

    def take(self, signal: Signal) -> _Onward | None:
        """Return where *signal* leads, or None when nothing waits for it."""
        if isinstance(signal, Began):
            return self._begin() if self._state == State() else None
        name = self._state.step
        step = self._flow.steps.get(name or "")
        waits = self._state.waits
        if step is None or name is None or waits is Waits.NOTHING:
            return None
        if waits is Waits.ANSWER:
            return self._answered(name, step, signal) if isinstance(signal, Answered) else None
        if waits is Waits.TIME:
            if isinstance(signal, Elapsed) and isinstance(step, Wait):
                return _Go(step.next)
            return None
        return self._come_back(name, step, signal)

    def _come_back(self, name: str, step: Step, signal: Signal) -> _Onward | None:
        """Go on after a function or a webhook."""
        match step, signal:
            case Call() | Webhook(), Failed():
                self._note(name, did=f"failed: {signal.code}")
                return _Go(step.on_error)
            case Call(), Returned():
                self._results(name, signal.value)
                return _Go(step.next)
            case Webhook(), Replied():
                return self._replied(step, signal)
            case _:
                return None

    def run(self, onward: _Onward) -> Turn:
        """Take steps until something is asked for."""
        at, taken = self._state.step, 0
        while isinstance(onward, _Go):
            if onward.to is None:
                onward = HandOver(None, reason="no next step")
                break
            at, taken = onward.to, taken + 1
            if taken > MAX_STEPS_AT_ONCE or self._state.spent + taken > MAX_STEPS_IN_ALL:
                self._note(at, did="stopped: too many steps")
                onward = HandOver(None, reason="too many steps")
                break
            onward = self._enter(at, self._flow.steps[at])
        state = replace(
            self._state,
            step=at,
            waits=_WAITS[type(onward)],
            answers=self._answers,
            said=self._said,
            spent=self._state.spent + taken + 1,
        )
        return Turn(state, self._says, self._changes, onward, self._trace, self._facts)

    def _begin(self) -> _Onward:
        if self._flow.welcome is not None:
            self._say(self._flow.welcome.render(self._facts))
        return _Go(self._flow.start)

    def _enter(self, name: str, step: Step) -> _Onward:
        self._state = replace(self._state, misses=0, heard="")
        match step:
            case Message():
                self._say(step.text.render(self._facts))
                return _Go(step.next)
            case Question():
                return self._ask(name, step)
            case Form():
                return self._show(name, step)
            case Branch():
                return self._choose(name, step)
            case _:
                return self.ask_for(name, step)

    def ask_for(self, name: str, step: Call | Webhook | Wait | Route | End) -> Ask:
        """Return what a step asks of others."""
        match step:
            case Call():
                self._note(name, did=f"call function {step.name}")
                arguments = {
                    key: text.render(self._facts) for key, text in step.arguments.items()
                }
                return CallFunction(name, step.name, arguments)
            case Webhook():
                self._note(name, did="call webhook")
                return CallWebhook(name, step.url, step.payload, self._state.heard)
            case Wait():
                until = self._around.now + step.pause
                self._note(name, did=f"wait until {until.isoformat()}")
                return Pause(name, until)
            case Route() | End():
                if step.text is not None:
                    self._say(step.text.render(self._facts))
                is_end = isinstance(step, End)
                self._note(name, did="end" if is_end else "route")
                return Finish(step.close) if is_end else HandOver(step.team)

    def _ask(self, name: str, step: Question) -> _Onward:
        kept_in = step.save_to.name if step.save_to is not None else f"answer.{name}"
        known = self._facts.get(kept_in)
        if step.skip_known and is_known(known):
            self._note(name, did=f"skipped: {kept_in} is known")
            self._remember(name, known)
            option = chosen(str(known), step.options)
            return _Go(step.next if option is None or option.next is None else option.next)
        self._note(name, did="ask")
        self._say(step.text.render(self._facts), _options(step.options))
        return AwaitAnswer()

    def _show(self, name: str, step: Form) -> _Onward:
        fields = self._wanted(step)
        if not fields:
            self._note(name, did="skipped: everything is known")
            return _Go(step.next)
        self._note(name, did="show form", fields=[field.info.name for field in fields])
        self._say_form(name, step, fields)
        return AwaitAnswer()

    def _wanted(self, step: Form) -> Sequence[FormField]:
        """Return the fields that are to be filled in."""
        if not step.skip_known:
            return step.fields
        return [one for one in step.fields if not is_known(self._facts.get(one.info.name))]

    def _say_form(
        self, name: str, step: Form, fields: Sequence[FormField], wrong: Sequence[str] = ()
    ) -> None:
        shown = [self._field(one, fill=step.prefill) for one in fields]
        form: dict[str, Any] = {"step": name, "fields": shown}
        if wrong:
            form["wrong"] = list(wrong)
        text = _FORM_TEXT if step.text is None else step.text.render(self._facts)
        self._say(text, {"form": form})

    def _field(self, field: FormField, *, fill: bool) -> dict[str, Any]:
        info = field.info
        shown: dict[str, Any] = {
            "name": info.name,
            "label": field.label,
            "type": "email" if info.name == "contact.email" else info.kind,
            "required": field.required,
        }
        if info.options:
            shown["options"] = list(info.options)
        known = self._facts.get(info.name)
        if fill and info.visible and is_known(known):
            shown["value"] = (
                known if isinstance(known, (str, bool, int, float)) else str(known)
            )
        return shown

    def _choose(self, name: str, step: Branch) -> _Onward:
        for index, case in enumerate(step.cases):
            verdict = evaluate(case.when, self._facts)
            leaves = [said.as_json(with_found=True) for said in verdict.trace]
            self._note(name, case=index, matched=verdict.matched, leaves=leaves)
            if verdict.matched:
                return _Go(case.next)
        self._note(name, did="else")
        return _Go(step.otherwise)

    def _answered(self, name: str, step: Step, signal: Answered) -> _Onward | None:
        match step:
            case Question():
                return self._to_question(name, step, signal.text)
            case Form():
                return self._to_form(name, step, signal)
            case Webhook():
                self._state = replace(self._state, heard=signal.text)
                return CallWebhook(name, step.url, step.payload, signal.text)
            case _:
                return None

    def _to_question(self, name: str, step: Question, text: str) -> _Onward:
        option = chosen(text, step.options) if step.options else None
        said = text if option is None else option.value
        kept = read_answer(said, step.save_to)
        if (step.options and option is None) or kept is None:
            return self._not_understood(name, step)
        self._remember(name, kept)
        if step.save_to is not None:
            self._save(name, step.save_to, kept)
        return _Go(step.next if option is None or option.next is None else option.next)

    def _not_understood(self, name: str, step: Question) -> _Onward:
        if self._missed(name):
            return _Go(step.otherwise)
        kind = "string" if step.save_to is None or step.options else step.save_to.kind
        text = _AGAIN.get(kind) or step.text.render(self._facts)
        self._say(text, _options(step.options))
        return AwaitAnswer()

    def _to_form(self, name: str, step: Form, signal: Answered) -> _Onward:
        fields = self._wanted(step)
        values = signal.values
        if values is None and len(fields) == 1:
            values = {fields[0].info.name: signal.text}
        kept, amiss = read_form(values or {}, fields)
        if values is not None and not amiss:
            for field in fields:
                if field.info.name in kept:
                    self._save(name, field.info, kept[field.info.name])
            return _Go(step.next)
        if self._missed(name):
            return _Go(step.otherwise)
        wrong = [field.info.name for field in amiss] if values is not None else []
        self._say_form(name, step, fields, wrong)
        return AwaitAnswer()

    def _missed(self, name: str) -> bool:
        """Count an answer that was not understood; say whether it was one too many."""
        self._state = replace(self._state, misses=self._state.misses + 1)
        self._note(name, did="not understood")
        return self._state.misses >= MAX_MISSES

    def _results(self, name: str, value: Any) -> None:
        """Keep what a function returned: one value, or those of an object by their names."""
        results = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        for key, found in list(results.items())[:_MAX_RESULTS]:
            self._remember(f"{name}.{key}", found)
        if not results:
            self._remember(name, value)

    def _replied(self, step: Webhook, reply: Replied) -> _Onward:
        if reply.bot is not None:
            self._state = replace(self._state, bot=reply.bot)
        options = _options([Option(label, value) for label, value in reply.options])
        if reply.text:
            self._say(reply.text, options)
        if reply.expects_answer:
            return AwaitAnswer()
        return _Go(reply.next if reply.next in self._flow.steps else step.next)

    def _remember(self, name: str, value: Any) -> None:
        """Keep an answer, of those that can be compared and printed."""
        kept = value[:_MAX_RESULT] if isinstance(value, str) else value
        if isinstance(kept, (str, bool, int, float)):
            self._answers[name] = kept
            self._facts[f"answer.{name}"] = kept

    def _save(self, name: str, info: PropertyInfo, text: str) -> None:
        """Keep what the visitor says of themselves.

        An address that somebody typed never replaces or joins one that was proved.
        """
        self._said[info.name] = text
        if self._around.proven and info.name == "contact.email":
            self._note(name, did="not saved: an address has to be proved")
            return
        self._facts[info.name] = fact_of(text, info.kind)
        self._changes[info.name] = text
        self._note(name, did=f"save {info.name}")

    def _say(self, text: str, data: Mapping[str, Any] | None = None) -> None:
        if text.strip():
            self._says.append(Say(text, data))

    def _note(self, name: str, **what: Any) -> None:
        step = self._flow.steps.get(name)
        self._trace.append({"step": name, "type": type(step).__name__.lower(), **what})


def _options(options: Sequence[Option]) -> Mapping[str, Any] | None:
    if not options:
        return None
    return {"options": [{"label": one.label, "value": one.value} for one in options]}
