"""``/v1/admin/functions``: what is deployed, its versions, drafts and saved inputs."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from callingcard.errors import Invalid
from callingcard.functions.api.function_shapes import (
    FunctionDetails,
    FunctionGiven,
    FunctionShown,
    FunctionsShown,
    PayloadsBody,
    RollbackGiven,
    SavedShown,
    SourceGiven,
    VersionDetails,
    VersionsShown,
    activity_shown,
    manifest_shown,
    payloads_given,
    payloads_shown,
    release_shown,
    version_details,
    version_shown,
)
from callingcard.functions.api.triggers import triggers_shown
from callingcard.functions.model.activity import Activity
from callingcard.functions.model.triggers import ScheduleState
from callingcard.functions.model.values import FunctionName, VersionId
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.deploying import ConnectorNames
from callingcard.functions.ports.runs import RunNumbers
from callingcard.functions.ports.versions import Draft, Payloads
from callingcard.functions.service.deploying.functions import FunctionDesk
from callingcard.functions.service.deploying.manifests import manifest_of
from callingcard.functions.service.deploying.starters import starter
from callingcard.functions.service.telling.triggers import TriggerDesk
from callingcard.kit.actor import Actor
from callingcard.kit.clock import Clock

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]
NAME: Final = Path(pattern="^[a-z][a-z0-9-]{0,62}$", description="The function.")
_VERSION: Final = Path(max_length=64, description="The version's id or number.")
_MOST_PAYLOAD_BYTES: Final = 512 * 1024

log = structlog.get_logger("callingcard.functions")


@dataclass(frozen=True, slots=True)
class FunctionPages:
    """What the pages of functions are made of."""

    functions: FunctionDesk
    payloads: Payloads
    numbers: RunNumbers
    triggers: TriggerDesk
    connectors: ConnectorNames
    clock: Clock
    public_url: str

    async def list(self) -> FunctionsShown:
        """Return every function, deployed or only written, by name."""
        deployed, drafts = await self.functions.list()
        written = {draft.name: draft for draft in drafts}
        current = {function.name: function.current for function in deployed}
        names = sorted(current.keys() | written.keys())
        around = await self._around(names)
        return FunctionsShown(
            functions=[
                FunctionShown(**around.shown(name, current.get(name), written.get(name)))
                for name in names
            ]
        )

    async def details(self, name: str) -> FunctionDetails:
        """Return one function, whole; raises UnknownFunction."""
        version, draft = await self.functions.get(name)
        around = await self._around([FunctionName(name)])
        seen = version or _as_version(draft)
        return FunctionDetails(
            **around.shown(FunctionName(name), version, draft),
            source=seen.source,
            draft_source=draft and draft.source,
            draft_saved_at=draft and draft.saved_at,
            manifest=manifest_shown(seen.manifest),
            schema=dict(seen.schema),
            returns=dict(seen.returns),
        )

    async def _around(self, names: Sequence[FunctionName]) -> "_Around":
        """Return what is shown beside these functions."""
        return _Around(
            states=await self.triggers.schedules(names[0] if len(names) == 1 else None),
            installed=frozenset(await self.connectors.names()),
            activity=await self.numbers.activity(names, self.clock.now()),
            public_url=self.public_url,
        )


@dataclass(frozen=True, slots=True)
class _Around:
    """What is shown beside functions, read once for all of them."""

    states: Sequence[ScheduleState]
    installed: frozenset[str]
    activity: Mapping[FunctionName, Activity]
    public_url: str

    def shown(
        self, name: FunctionName, version: Version | None, draft: Draft | None
    ) -> dict[str, Any]:
        """Return the members of a function that is deployed, or else only written."""
        seen = version or _as_version(draft)
        manifest = seen.manifest
        return {
            "name": name,
            "description": manifest.description,
            "version": version and version_shown(version, current=True),
            "draft": draft is not None,
            "triggers": triggers_shown(seen, self.states, self.public_url),
            "connectors": list(manifest.connectors),
            "storage": list(manifest.storage),
            "problems": [
                f"There is no connector {connector}: its calls fail."
                for connector in manifest.connectors
                if connector not in self.installed
            ],
            "activity": activity_shown(self.activity.get(name)),
        }


def _as_version(draft: Draft | None) -> Version:
    """Return what is known of a function that was never deployed."""
    if draft is None:  # pragma: no cover  (a function has one or the other)
        raise LookupError("neither deployed nor written")
    return Version(
        id=VersionId(""),
        function=draft.name,
        number=0,
        source=draft.source,
        manifest=manifest_of(draft.source),
        schema={"type": "object"},
        returns={},
        lock="",
        environment="",
        deployed_at=draft.saved_at,
        deployed_by="",
    )


def private(response: Response) -> None:
    """Let no cache keep what is only for those who may ask."""
    response.headers["Cache-Control"] = "no-store, private"


def function_routes(pages: FunctionPages, who: WhoCalls) -> APIRouter:
    """Return the routes; *who* finds who asks, or raises NotAllowed."""
    router = APIRouter(
        prefix="/v1/admin/functions",
        tags=["functions"],
        dependencies=[Depends(who), Depends(private)],
    )
    _add_functions(router, pages, who)
    _add_drafts(router, pages)
    _add_versions(router, pages, who)
    _add_payloads(router, pages)
    return router


def _add_functions(router: APIRouter, pages: FunctionPages, who: WhoCalls) -> None:
    """Declare lists, details, making and deleting."""

    @router.get("", operation_id="listFunctions", summary="List the functions")
    async def all_functions() -> FunctionsShown:
        return await pages.list()

    @router.get("/{name}", operation_id="getFunction", summary="Show a function")
    async def one_function(name: Annotated[str, NAME]) -> FunctionDetails:
        return await pages.details(name)

    @router.post(
        "", operation_id="createFunction", summary="Begin a function", status_code=201
    )
    async def create(given: FunctionGiven) -> FunctionDetails:
        source = starter(given.name) if given.source is None else given.source
        await pages.functions.save_draft(given.name, source, new=True)
        return await pages.details(given.name)

    @router.delete(
        "/{name}",
        operation_id="deleteFunction",
        summary="Delete a function with its versions",
        status_code=204,
    )
    async def delete(
        name: Annotated[str, NAME],
        actor: Annotated[Actor, Depends(who)],
        storage: Annotated[bool, Query(description="Erase its storage too.")] = False,  # noqa: FBT002
    ) -> None:
        await pages.functions.delete(name, by=by(actor), storage=storage)
        log.info("function deleted", audit=True, function=name, by=actor.id, kind=actor.kind)


def _add_drafts(router: APIRouter, pages: FunctionPages) -> None:
    """Declare the keeping of drafts."""

    @router.put("/{name}/draft", operation_id="saveDraft", summary="Keep a draft")
    async def save(name: Annotated[str, NAME], given: SourceGiven) -> SavedShown:
        saved = await pages.functions.save_draft(name, given.source)
        return SavedShown(saved_at=saved.saved_at)

    @router.delete(
        "/{name}/draft",
        operation_id="dropDraft",
        summary="Forget a draft",
        status_code=204,
    )
    async def drop(name: Annotated[str, NAME]) -> None:
        await pages.functions.drop_draft(name)


def _add_versions(router: APIRouter, pages: FunctionPages, who: WhoCalls) -> None:
    """Declare looking at versions, and going back to one."""
    functions = pages.functions

    @router.get("/{name}/versions", operation_id="listVersions", summary="List versions")
    async def versions(name: Annotated[str, NAME]) -> VersionsShown:
        found = await functions.versions(name)
        current, _ = await functions.get(name)
        return VersionsShown(
            versions=[
                version_shown(one, current=current is not None and one.id == current.id)
                for one in found
            ],
            releases=[release_shown(one) for one in await functions.releases(name)],
        )

    @router.get(
        "/{name}/versions/{version}", operation_id="getVersion", summary="Show a version"
    )
    async def one_version(
        name: Annotated[str, NAME], version: Annotated[str, _VERSION]
    ) -> VersionDetails:
        found = await functions.version(name, version)
        current, _ = await functions.get(name)
        is_current = current is not None and found.id == current.id
        return version_details(found, current=is_current)

    @router.post(
        "/{name}/rollback", operation_id="rollBack", summary="Make a version count again"
    )
    async def roll_back(
        name: Annotated[str, NAME],
        given: RollbackGiven,
        actor: Annotated[Actor, Depends(who)],
    ) -> FunctionDetails:
        found = await functions.rollback(name, given.version, by=by(actor))
        log.info(
            "function rolled back",
            audit=True,
            function=name,
            number=found.number,
            by=actor.id,
            kind=actor.kind,
        )
        return await pages.details(name)


def _add_payloads(router: APIRouter, pages: FunctionPages) -> None:
    """Declare the keeping of inputs."""

    @router.get("/{name}/payloads", operation_id="getPayloads", summary="Show saved inputs")
    async def payloads(name: Annotated[str, NAME]) -> PayloadsBody:
        await pages.functions.get(name)
        return payloads_shown(await pages.payloads.of(name))

    @router.put("/{name}/payloads", operation_id="putPayloads", summary="Save inputs")
    async def save(name: Annotated[str, NAME], given: PayloadsBody) -> PayloadsBody:
        await pages.functions.get(name)
        wanted = payloads_given(given)
        if len(json.dumps([one.arguments for one in wanted])) > _MOST_PAYLOAD_BYTES:
            raise Invalid(
                "the saved inputs are too large",
                fields={"payloads": f"at most {_MOST_PAYLOAD_BYTES // 1024} KiB in all"},
            )
        await pages.payloads.replace(name, wanted)
        return payloads_shown(await pages.payloads.of(name))


def by(actor: Actor) -> str:
    """Return *actor* as it is written down beside what they did."""
    return f"{actor.kind} {actor.id}"
