"""The parameters of ``main``: as JSON Schema, and as arguments for a call."""

import inspect
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from callingcard_guest.shapes import (
    ArgumentError,
    NoShape,
    Shape,
    default_of,
    shape_of,
)

_TOLD: Final = re.compile(r"^\s*(?::param\s+)?(\w+)(?:\s*\([^)]*\))?:\s+(\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Signature:
    """What a function takes and gives."""

    shapes: dict[str, Shape]
    required: tuple[str, ...]
    schema: dict[str, Any]
    """Of the object that holds all arguments."""
    returns: dict[str, Any]
    rest: Shape | None
    """The shape of what ``**kwargs`` takes, if there is one."""

    def arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        """Turn JSON into what ``main`` is called with; raises ArgumentError."""
        for name in self.required:
            if name not in given:
                raise ArgumentError(f"{name} is missing")
        return {name: self._shape(name).read(value, name) for name, value in given.items()}

    def _shape(self, name: str) -> Shape:
        shape = self.shapes.get(name, self.rest)
        if shape is None:
            raise ArgumentError(f"there is no parameter {name}")
        return shape


def read_signature(main: Callable[..., Any]) -> Signature:
    """Find out what *main* takes and gives; raises NoShape, which names the parameter."""
    try:
        hints = typing.get_type_hints(main, include_extras=True)
    except NameError as error:
        raise NoShape(f"a type hint of main names what is not there: {error}") from None
    told = dict(_TOLD.findall(inspect.getdoc(main) or ""))
    shapes: dict[str, Shape] = {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    rest: Shape | None = None
    for name, parameter in inspect.signature(main).parameters.items():
        shape = shape_of(hints.get(name, Any), name)
        if parameter.kind is parameter.VAR_KEYWORD:
            rest = shape
            continue
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            raise NoShape(f"{name}: main is called with names, so {parameter} cannot be given")
        shapes[name] = shape
        properties[name] = {**shape.schema, **_notes(parameter, told)}
        if parameter.default is parameter.empty:
            required.append(name)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False if rest is None else rest.schema,
    }
    return Signature(shapes, tuple(required), schema, _returns(hints), rest)


def _notes(parameter: inspect.Parameter, told: dict[str, str]) -> dict[str, Any]:
    """Return what else is known of a parameter: its default, and the docstring's words."""
    default = {} if parameter.default is parameter.empty else default_of(parameter.default)
    described = {"description": told[parameter.name].strip()} if parameter.name in told else {}
    return {**default, **described}


def _returns(hints: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what is returned; ``{}`` when it does not say, or says too much.

    A function may return what JSON Schema cannot tell, such as a connector's answer.
    """
    if "return" not in hints:
        return {}
    try:
        return shape_of(hints["return"], "the result").schema
    except NoShape:
        return {}
