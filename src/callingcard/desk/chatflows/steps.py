"""What a chatflow is made of, once its document was read and accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeAlias

from callingcard.desk.model.chatflows import PropertyInfo
from callingcard.desk.personalisation import Text
from callingcard.kit.conditions import Condition

MAX_STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class Message:
    """Says something."""

    text: Text
    next: str | None


@dataclass(frozen=True, slots=True)
class Option:
    """A button under a question; *next* is where it leads, if not where the question does."""

    label: str
    value: str
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Asks for one answer: a button, or a text of the visitor's own."""

    text: Text
    options: Sequence[Option]
    save_to: PropertyInfo | None
    skip_known: bool
    next: str | None
    otherwise: str | None
    """Where it goes when no answer could be understood."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One line of a form."""

    info: PropertyInfo
    label: str
    required: bool


@dataclass(frozen=True, slots=True)
class Form:
    """Asks for several properties at once."""

    text: Text | None
    fields: Sequence[FormField]
    prefill: bool
    """Whether fields show what is known; only to visitors who proved who they are."""
    skip_known: bool
    next: str | None
    otherwise: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A way on, and when it is taken."""

    when: Condition
    next: str | None


@dataclass(frozen=True, slots=True)
class Branch:
    """Goes on with the first case that matches."""

    cases: Sequence[Case]
    otherwise: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """Calls a function of the customer's; its result is ``answer.STEP``."""

    name: str
    arguments: Mapping[str, Text]
    next: str | None
    on_error: str | None


@dataclass(frozen=True, slots=True)
class Webhook:
    """Asks a program of the customer's what to say, as HubSpot's bots do."""

    url: str = field(repr=False)
    payload: str | None
    next: str | None
    on_error: str | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Lets time pass."""

    pause: timedelta
    next: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """Hands the visitor to people: to *team*, or to whom the routing rules name."""

    text: Text | None
    team: str | None


@dataclass(frozen=True, slots=True)
class End:
    """Ends the talk without people; *close* closes the conversation too."""

    text: Text | None
    close: bool


Step: TypeAlias = Message | Question | Form | Branch | Call | Webhook | Wait | Route | End


@dataclass(frozen=True, slots=True)
class Chatflow:
    """A chatflow that was accepted.

    Where a step names no next one, people take over: nobody is left without an answer
    because an author forgot an arrow.
    """

    name: str
    inbox: str
    enabled: bool
    priority: int
    identification: str
    """``required`` is only for visitors who proved who they are; else ``optional``."""
    hours: str | None
    """The office hours behind ``hours.open``; None is the inbox's usual ones."""
    target: Condition | None
    welcome: Text | None
    start: str | None
    steps: Mapping[str, Step]
    warnings: Sequence[str] = ()
    """What is allowed and probably not meant, such as a step that is never reached."""


def ways_on(step: Step) -> Sequence[tuple[str, str | None]]:
    """Return every way on from *step*: the member of the document, and the next step."""
    match step:
        case Message() | Wait():
            return (("next", step.next),)
        case Question():
            own = [
                (f"options.{index}.next", option.next)
                for index, option in enumerate(step.options)
                if option.next is not None
            ]
            return (("next", step.next), ("else", step.otherwise), *own)
        case Form():
            return (("next", step.next), ("else", step.otherwise))
        case Branch():
            cases = [(f"cases.{at}.next", case.next) for at, case in enumerate(step.cases)]
            return (*cases, ("else", step.otherwise))
        case Call() | Webhook():
            return (("next", step.next), ("on_error", step.on_error))
        case Route() | End():
            return ()
