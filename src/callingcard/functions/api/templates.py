"""``/v1/admin/templates``: functions ready to be used, and their installing on consent."""

from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Depends, Path
from pydantic import Field

from callingcard.functions.api.function_shapes import FunctionDetails, Name
from callingcard.functions.api.functions import FunctionPages, WhoCalls, by, private
from callingcard.functions.api.shapes import Given, Shape, TriggerShown
from callingcard.functions.model.manifest import (
    EventTrigger,
    HttpTrigger,
    ScheduleTrigger,
    Trigger,
)
from callingcard.functions.service.templates import Asks, Template, TemplateDesk
from callingcard.kit.actor import Actor

_TEMPLATE = Path(pattern="^[a-z][a-z0-9-]{0,62}$", description="The template.")

log = structlog.get_logger("callingcard.functions")


class ConnectorAskedShown(Shape):
    """A connector that a template calls."""

    name: str
    operations: list[str]
    present: bool


class AsksShown(Shape):
    """Everything that a template wants to be allowed."""

    connectors: list[ConnectorAskedShown]
    storage: list[str]
    triggers: list[TriggerShown]
    secrets: list[str]
    dependencies: list[str]


class TemplateShown(Shape):
    """A template, with what it asks for."""

    name: str
    title: str
    description: str
    readme: str
    asks: AsksShown
    source: str


class TemplatesShown(Shape):
    """Every template."""

    templates: list[TemplateShown]


class InstallGiven(Given):
    """Somebody's consent, and the name that the function will have."""

    as_: Annotated[Name, Field(alias="as")]
    consent: Literal[True]


def template_routes(templates: TemplateDesk, pages: FunctionPages, who: WhoCalls) -> APIRouter:
    """Return the routes; *who* finds who asks, or raises NotAllowed."""
    router = APIRouter(
        prefix="/v1/admin/templates",
        tags=["functions"],
        dependencies=[Depends(who), Depends(private)],
    )

    @router.get("", operation_id="listTemplates", summary="List the templates")
    async def all_templates() -> TemplatesShown:
        return TemplatesShown(
            templates=[
                _shown(template, await templates.asks(template.source))
                for template in templates.list()
            ]
        )

    @router.post(
        "/{name}/install", operation_id="installTemplate", summary="Install a template"
    )
    async def install(
        name: Annotated[str, _TEMPLATE],
        given: InstallGiven,
        actor: Annotated[Actor, Depends(who)],
    ) -> FunctionDetails:
        source = templates.get(name).source
        await templates.install(source, as_=given.as_, by=by(actor), consent=given.consent)
        log.info(
            "template installed",
            audit=True,
            template=name,
            function=given.as_,
            by=actor.id,
            kind=actor.kind,
        )
        return await pages.details(given.as_)

    return router


def _shown(template: Template, asks: Asks) -> TemplateShown:
    """Return a template as it is shown."""
    return TemplateShown(
        name=template.name,
        title=template.title,
        description=template.description,
        readme=template.readme,
        source=template.source,
        asks=AsksShown(
            connectors=[
                ConnectorAskedShown(
                    name=one.name, operations=list(one.operations), present=one.present
                )
                for one in asks.connectors
            ],
            storage=list(asks.storage),
            triggers=[_trigger_shown(trigger) for trigger in asks.triggers],
            secrets=list(asks.secrets),
            dependencies=list(asks.dependencies),
        ),
    )


def _trigger_shown(trigger: Trigger) -> TriggerShown:
    """Return a trigger of something that is not installed, so without an address."""
    match trigger:
        case HttpTrigger():
            return TriggerShown(
                kind="http",
                method=trigger.method,
                auth=trigger.auth.value,
                site=trigger.site,
                origins=list(trigger.origins),
            )
        case ScheduleTrigger():
            return TriggerShown(kind="schedule", cron=trigger.cron, zone=trigger.zone)
        case EventTrigger():
            return TriggerShown(kind="event", event=trigger.event)
