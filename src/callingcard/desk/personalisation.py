"""Texts that name the visitor: a small part of Liquid, with fallbacks nobody can forget.

``Hi {{ contact.firstname | default: 'there' }}`` greets whom we know by name and
everybody else with ``there``. There are tokens, a few filters and ``{% if %}``; no
loops, no assignments, no files. See https://shopify.github.io/liquid/ for the language.

Invariants: a token prints a property only if the registry lets visitors see it; one
that may be unknown is refused without a fallback; a value is text and never a template;
a text as it was accepted always renders.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from callingcard.desk.model.chatflows import PropertyInfo
from callingcard.errors import Invalid
from callingcard.kit.conditions import Facts
from callingcard.kit.conditions.comparisons import Value, is_known

if TYPE_CHECKING:
    from liquid import BoundTemplate, Environment
    from liquid.ast import Node

Registry: TypeAlias = Callable[[str], PropertyInfo | None]
"""Says what is known of a property such as ``contact.plan``; None when there is none."""

MAX_TEMPLATE: Final = 4096
MAX_OUTPUT: Final = 10_000
_MAX_VALUE: Final = 1000
_MAX_FORMAT: Final = 60
_ALWAYS_KNOWN: Final = {"visitor.evidence", "page.url", "page.path"}
_TAGS: Final = {"content", "output", "if", "illegal"}
_FORMAT: Final = re.compile(r"(?:%-?[aAbBdeHIjmMpSuwyY%]|[^%])*\Z")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was accepted, ready to be rendered for anybody."""

    source: str
    names: Sequence[str] = ()
    """The properties it looks at."""
    _template: "BoundTemplate | None" = field(default=None, repr=False, compare=False)

    def render(self, facts: Facts) -> str:
        """Return the text for *facts*, from which the caller left out what is secret.

        Where values would make it too long, or are compared with what is of another
        type, it is the text for somebody unknown.
        """
        if self._template is None:
            return self.source
        from liquid.exceptions import LiquidError

        try:
            return self._template.render(_tree(self.names, facts))
        except LiquidError:
            return self._template.render()


def parse_text(source: object, registry: Registry, *, path: str) -> Text:
    """Accept *source* as a text; raises Invalid, which names the token and the remedy.

    >>> known = {"contact.firstname": PropertyInfo("contact.firstname")}
    >>> source = "Hi {{ contact.firstname | default: 'you' }}!"
    >>> text = parse_text(source, known.get, path="text")
    >>> text.render({"contact.firstname": "O'Neil {{ 7 }}"}), text.render({})
    ("Hi O'Neil {{ 7 }}!", 'Hi you!')
    """
    if not isinstance(source, str) or not source.strip():
        raise _refused(path, "must be a text with something in it")
    if len(source.encode("utf-8", "surrogatepass")) > MAX_TEMPLATE:
        raise _refused(path, f"longer than {MAX_TEMPLATE} bytes")
    if "\0" in source or any("\ud800" <= character <= "\udfff" for character in source):
        raise _refused(path, "holds a sign that is not text")
    if "{{" not in source and "{%" not in source:
        return Text(source)
    from liquid.exceptions import LiquidError

    try:
        template = _environment().from_string(source)
        names = sorted(set(_names(template)))
        _check_names(names, registry, path)
        _check_outputs(template, path)
        template.render()
    except LiquidError as error:
        raise _refused(path, _told(error)) from error
    return Text(source, names, template)


def _refused(path: str, reason: str) -> Invalid:
    return Invalid(
        "this text cannot be used",
        fields={path: reason},
        hint="Write tokens like {{ contact.firstname | default: 'there' }}.",
    )


def _told(error: Exception) -> str:
    """Return what is wrong with a template in one short line."""
    return f"is no template we can use: {str(error).splitlines()[0][:200]}"


@cache
def _environment() -> "Environment":
    """Return the restricted language."""
    from liquid import Environment

    class Profile(Environment):
        output_stream_limit = MAX_OUTPUT
        block_nesting_limit = 8
        loop_iteration_limit = 1
        local_namespace_limit = 1

    profile = Profile(strict_filters=True)
    profile.tags = {name: tag for name, tag in profile.tags.items() if name in _TAGS}
    profile.filters = {"default": profile.filters["default"], **_FILTERS}
    return profile


def _names(template: "BoundTemplate") -> Iterator[str]:
    """Yield the properties that a template looks at, wherever it does."""
    for places in template.analyze(include_partials=False).variables.values():
        for place in places:
            yield ".".join(str(segment) for segment in place.segments)


def _check_names(names: Sequence[str], registry: Registry, path: str) -> None:
    """Raise Invalid unless visitors may see every property of *names*."""
    for name in names:
        info = registry(name)
        if info is None:
            raise _refused(path, f"there is no property {name}")
        if not info.visible:
            raise _refused(path, f"visitors may not see {name}; see its visible_to_visitor")


def _check_outputs(template: "BoundTemplate", path: str) -> None:
    """Raise Invalid unless every token is a property, with a fallback where it needs one."""
    from liquid import RenderContext
    from liquid.builtin.expressions import FilteredExpression, Path

    context = RenderContext(template)

    def expressions(nodes: "Sequence[Node]") -> Iterator[object]:
        for node in nodes:
            if type(node).__name__ == "OutputNode":
                yield from node.expressions()
            yield from expressions(list(node.children(context)))

    for expression in expressions(template.nodes):
        if not isinstance(expression, FilteredExpression) or not isinstance(
            expression.left, Path
        ):
            raise _refused(path, "a token must begin with a property, such as contact.plan")
        name = ".".join(str(segment) for segment in expression.left.path)
        filters = expression.filters or []
        for one in filters:
            if one.name not in _environment().filters or not _is_plain(one):
                raise _refused(path, f"there is no filter {one.name} of this form")
        if name not in _ALWAYS_KNOWN and not any(map(_is_fallback, filters)):
            raise _refused(
                path, f"{name} may be unknown: write {{{{ {name} | default: 'something' }}}}"
            )


def _is_plain(one: Any) -> bool:
    """Say whether a filter is given texts and numbers alone, in their places."""
    from liquid.builtin.expressions import Path, PositionalArgument

    return all(
        isinstance(given, PositionalArgument) and not isinstance(given.value, Path)
        for given in one.args
    )


def _is_fallback(one: Any) -> bool:
    """Say whether a filter is ``default`` with a text of the author's."""
    from liquid.builtin.expressions import PositionalArgument, StringLiteral

    if one.name != "default" or len(one.args) != 1:
        return False
    given = one.args[0]
    if not isinstance(given, PositionalArgument):
        return False
    literal = given.value
    return isinstance(literal, StringLiteral) and bool(literal.value.strip())


def _tree(names: Sequence[str], facts: Facts) -> dict[str, Any]:
    """Return the facts of *names* as the language wants them: one object in another."""
    tree: dict[str, Any] = {}
    for name in names:
        value = facts.get(name)
        if is_known(value):
            *above, last = name.split(".")
            _branch(tree, above)[last] = _printable(value)
    return tree


def _branch(tree: dict[str, Any], above: Sequence[str]) -> dict[str, Any]:
    """Return the object under the names *above*; a value that is in the way gives way."""
    branch = tree
    for part in above:
        if not isinstance(branch.get(part), dict):
            branch[part] = {}
        branch = branch[part]
    return branch


def _printable(value: Value) -> object:
    """Return *value* as visitors read it."""
    if isinstance(value, str):
        return value[:_MAX_VALUE]
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, date):
        return value.isoformat()
    return ", ".join(value or ())[:_MAX_VALUE]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value) if is_number(value) else ""


def is_number(value: object) -> bool:
    """Say whether *value* is a number, which true and false are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: object) -> float | None:
    if isinstance(value, str):
        try:
            found = float(value[:40])
        except ValueError:
            return None
        return found if abs(found) < 1e15 else None  # noqa: PLR2004
    return float(value) if isinstance(value, (int, float)) else None


def _upcase(value: object, *_: object) -> str:
    return _text(value).upper()


def _downcase(value: object, *_: object) -> str:
    return _text(value).lower()


def _capitalize(value: object, *_: object) -> str:
    text = _text(value)
    return text[:1].upper() + text[1:]


def _truncate(value: object, most: object = 50, *_: object) -> str:
    text, length = _text(value), int(_number(most) or 50)
    return text if len(text) <= length else f"{text[: max(1, length - 1)]}…"


def _round(value: object, places: object = 0, *_: object) -> object:
    found, to = _number(value), int(_number(places) or 0)
    if found is None:
        return ""
    return round(found, to) if 0 < to < 10 else round(found)  # noqa: PLR2004


def _grouped(value: object, places: object = 0, *_: object) -> str:
    """Return a number such as 1,234.50."""
    found, to = _number(value), int(_number(places) or 0)
    return "" if found is None else f"{found:,.{min(max(to, 0), 9)}f}"


def _date(value: object, form: object = "%d %B %Y", *_: object) -> str:
    """Return a date in a form of strftime; nothing when *value* is no date."""
    if not isinstance(form, str) or len(form) > _MAX_FORMAT or not _FORMAT.match(form):
        return ""
    try:
        return datetime.fromisoformat(_text(value).strip()).strftime(form)
    except ValueError:
        return ""


_FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "upcase": _upcase,
    "downcase": _downcase,
    "capitalize": _capitalize,
    "truncate": _truncate,
    "round": _round,
    "number": _grouped,
    "date": _date,
}
