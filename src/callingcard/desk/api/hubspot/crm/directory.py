"""What companies and deals refer to: who owns them, and the way that deals go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call, Operation, Paths
from callingcard.desk.api.hubspot.crm.shapes import kind_of
from callingcard.desk.api.hubspot.envelope import bad_request, not_found, reply
from callingcard.desk.model.objects import ObjectType, Owner, Pipeline, Stage
from callingcard.desk.ports.crm import Owners
from callingcard.desk.service.crm.built_in import DEALS
from callingcard.desk.service.crm.records import is_id
from callingcard.kit.codec import rfc3339

OWNERS: Final = ("crm.objects.owners.read",)
PIPELINES: Final = ("crm.schemas.deals.read",)
MAX_OWNERS: Final = 500
_SINCE: Final = "2026-01-01T00:00:00.000Z"
"""When the pipeline was made, which clients want to know: the beginning of our ids."""


def directory_paths(owners: Owners) -> Paths:
    """Return the operations on owners and pipelines."""
    directory = OwnerEndpoints(owners)
    people = {"": directory.list, "/{owner}": directory.get}
    ways = {
        "": pipelines,
        "/{pipeline}": pipeline,
        "/{pipeline}/stages": stages,
        "/{pipeline}/stages/{stage}": stage,
    }
    tables = (
        (OWNERS, people, ("/crm/v3/owners", "/crm/owners/2026-03")),
        (PIPELINES, ways, ("/crm/v3/pipelines/{kind}", "/crm/pipelines/2026-03/{kind}")),
    )
    return {
        f"{base}{path}": {"GET": Operation(endpoint, scopes)}
        for scopes, table, bases in tables
        for base in bases
        for path, endpoint in table.items()
    }


@dataclass(frozen=True, slots=True)
class OwnerEndpoints:
    """What HubSpot's clients ask about the agents, who own things."""

    owners: Owners

    async def list(self, call: Call) -> Response:
        """Return a page of the owners, in the order of their ids."""
        after, archived = call.text("after") or "0", call.yes("archived")
        if not is_id(after):
            raise bad_request("Invalid after: it must be the one that a page gave")
        limit = call.whole("limit", default=100, most=MAX_OWNERS)
        email = (call.text("email") or "").lower()
        found = [
            owner
            for owner in sorted(await self.owners.all(), key=_order)
            if owner.archived == archived
            and _order(owner) > int(after)
            and email in {"", owner.email.lower()}
        ]
        page = found[:limit]
        body: dict[str, Any] = {"results": [_owner(owner) for owner in page]}
        if len(found) > limit:
            body["paging"] = call.next_page(page[-1].id)
        return reply(body)

    async def get(self, call: Call) -> Response:
        """Return one owner; here an owner's id is the user's id too."""
        archived = call.yes("archived")
        call.one_of("idProperty", ("id", "userId"))
        for owner in await self.owners.all():
            if owner.id == call.path("owner") and owner.archived == archived:
                return reply(_owner(owner))
        raise not_found()


async def pipelines(call: Call) -> Response:
    """Return the pipelines of a kind of object."""
    return reply({"results": [_pipeline(one) for one in _pipelines_of(call)]})


async def pipeline(call: Call) -> Response:
    """Return one pipeline."""
    return reply(_pipeline(_chosen(call)))


async def stages(call: Call) -> Response:
    """Return the stages of a pipeline."""
    return reply({"results": _pipeline(_chosen(call))["stages"]})


async def stage(call: Call) -> Response:
    """Return one stage of a pipeline."""
    for place, one in enumerate(_chosen(call).stages):
        if one.id == call.path("stage"):
            return reply(_stage(one, place))
    raise not_found()


def _pipelines_of(call: Call) -> Sequence[Pipeline]:
    return (DEALS,) if kind_of(call.path("kind")) is ObjectType.DEALS else ()


def _chosen(call: Call) -> Pipeline:
    for one in _pipelines_of(call):
        if one.id == call.path("pipeline"):
            return one
    raise not_found()


def _pipeline(one: Pipeline) -> dict[str, Any]:
    return {
        "id": one.id,
        "label": one.label,
        "displayOrder": 0,
        "stages": [_stage(step, place) for place, step in enumerate(one.stages)],
        "createdAt": _SINCE,
        "updatedAt": _SINCE,
        "archived": False,
    }


def _stage(one: Stage, place: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "label": one.label,
        "displayOrder": place,
        "metadata": {"isClosed": str(one.closed).lower(), "probability": one.probability},
        "createdAt": _SINCE,
        "updatedAt": _SINCE,
        "archived": False,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }


def _order(owner: Owner) -> int:
    return int(owner.id) if is_id(owner.id) else 0


def _owner(owner: Owner) -> dict[str, Any]:
    return {
        "id": owner.id,
        "email": owner.email,
        "type": "PERSON",
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "userId": _order(owner),
        "userIdIncludingInactive": _order(owner),
        "createdAt": rfc3339(owner.created_at),
        "updatedAt": rfc3339(owner.updated_at),
        "archived": owner.archived,
        "teams": [],
    }
