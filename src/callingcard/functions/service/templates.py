"""Functions that others wrote: what one asks for, and its installing on consent.

Invariant: nothing of a template is installed for anybody who has not agreed to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from callingcard.functions.model.manifest import Trigger
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.deploying import ConnectorShelf
from callingcard.functions.service.deploying.deploy import TellStep, function_name, tell_nobody
from callingcard.functions.service.deploying.functions import FunctionDesk
from callingcard.functions.service.deploying.headers import mistake
from callingcard.functions.service.deploying.manifests import read_manifest
from callingcard.functions.service.deploying.refusals import (
    ConsentMissing,
    NameTaken,
    SourceRefused,
    UnknownTemplate,
)
from callingcard.functions.service.deploying.uses import operations_used


@dataclass(frozen=True, slots=True)
class Template:
    """A function ready to be used."""

    name: str
    title: str
    description: str
    source: str = field(repr=False)
    readme: str = field(default="", repr=False)


class Templates(Protocol):
    """The templates that come with the product."""

    def all(self) -> Sequence[Template]:
        """Return every template, by name."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectorAsked:
    """A connector that a template calls."""

    name: str
    operations: tuple[str, ...]
    present: bool
    """Whether it is installed already."""
    built_in: bool
    """Whether it comes with the product, so that installing can bring it along."""


@dataclass(frozen=True, slots=True)
class Asks:
    """Everything that a template wants to be allowed, for a person to read."""

    connectors: tuple[ConnectorAsked, ...] = ()
    storage: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    secrets: tuple[str, ...] = ()
    """The secrets that the connectors to be installed will need."""
    dependencies: tuple[str, ...] = ()


class TemplateDesk:
    """Shows templates, and installs them."""

    def __init__(
        self, templates: Templates, functions: FunctionDesk, connectors: ConnectorShelf
    ) -> None:
        self._templates = templates
        self._functions = functions
        self._connectors = connectors

    def list(self) -> Sequence[Template]:
        """Return every template, by name."""
        return self._templates.all()

    def get(self, name: str) -> Template:
        """Return one template; raises UnknownTemplate."""
        for template in self._templates.all():
            if template.name == name:
                return template
        known = ", ".join(template.name for template in self._templates.all())
        raise UnknownTemplate(
            f"there is no template {name[:63]}", hint=f"There are {known or 'none'}."
        )

    async def asks(self, source: str) -> Asks:
        """Return what a function of this *source* asks for; raises SourceRefused."""
        manifest = read_manifest(source)
        try:
            used = operations_used(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = (error.lineno if isinstance(error, SyntaxError) else None) or 1
            said = "this is not Python that can be read"
            raise SourceRefused([mistake(line, 0, said, "syntax")]) from None
        installed = await self._connectors.names()
        built_in = {known.name: known for known in self._connectors.built_in()}
        return Asks(
            connectors=tuple(
                ConnectorAsked(name, used.get(name, ()), name in installed, name in built_in)
                for name in manifest.connectors
            ),
            storage=manifest.storage,
            triggers=manifest.triggers,
            secrets=tuple(
                dict.fromkeys(
                    secret
                    for name in manifest.connectors
                    if name in built_in and name not in installed
                    for secret in built_in[name].secrets
                )
            ),
            dependencies=manifest.dependencies,
        )

    async def install(
        self,
        source: str,
        *,
        as_: str,
        by: str,
        consent: bool,
        tell: TellStep = tell_nobody,
    ) -> Version:
        """Deploy *source* as a new function, with the built-in connectors it is missing.

        Raises ConsentMissing, NameTaken, and what a deploy raises.
        """
        if not consent:
            raise ConsentMissing(
                "a template is installed only after somebody has agreed to what it asks for"
            )
        name = function_name(as_)
        deployed, drafts = await self._functions.list()
        if name in {known.name for known in (*deployed, *drafts)}:
            raise NameTaken(
                f"there is a function {name} already", hint="Install it under another name."
            )
        asks = await self.asks(source)
        for asked in asks.connectors:
            if asked.built_in and not asked.present:
                await self._connectors.install(asked.name, by=by)
        return await self._functions.deploy(name, source, by=by, tell=tell)
