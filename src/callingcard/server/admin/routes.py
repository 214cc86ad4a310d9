"""``/v1/admin``: the sites, for owners and operators who signed in, or with an admin key.

A change takes effect at once here, and on the other nodes within seconds.

Invariant: nothing is changed for a cookie alone; see ``access.api.current_agent``.
"""

from datetime import timedelta
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from callingcard.access.api import Door, WhoCalls, bearer_key, current_agent
from callingcard.access.errors import ScopeMissing
from callingcard.errors import ConfigError
from callingcard.identity.errors import UnknownSite
from callingcard.identity.proofs.explaining import explain, presented
from callingcard.kit.actor import Actor, Role, Scope
from callingcard.server.admin.bodies import (
    ActivityShown,
    ChangeShown,
    CheckShown,
    ExplanationShown,
    FindingShown,
    FindingsShown,
    IdentityShown,
    PlatformsShown,
    ProofGiven,
    ReloadShown,
    SiteDetails,
    SiteGiven,
    SitesShown,
)
from callingcard.server.admin.changing import refusal, section_of
from callingcard.server.admin.showing import (
    activity_shown,
    platforms_shown,
    problem_shown,
    site_details,
    site_shown,
)
from callingcard.server.doctor.examine import examine
from callingcard.server.sites.activity import MINUTES
from callingcard.server.wiring import Services

_NAME: Final = Path(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="The site.")

log = structlog.get_logger("callingcard.admin")


def operators(services: Services, door: Door) -> WhoCalls:
    """Return what finds out which operator asks: by *door*, or with an admin key."""
    person = current_agent(services.agent_sessions, door=door, role=Role.OPERATOR)
    key = bearer_key(services.keys, scope=Scope.ADMIN)

    async def who(request: Request) -> Actor:
        actor = await (key if "authorization" in request.headers else person)(request)
        if actor.site is not None:
            raise ScopeMissing(
                "this API key is for one site", hint="Use an admin key without a site."
            )
        return actor

    return who


def admin_routes(services: Services, who: WhoCalls) -> APIRouter:
    """Return the routes; *who* finds out who asks."""

    def private(response: Response) -> None:
        response.headers["Cache-Control"] = "no-store, private"

    router = APIRouter(
        prefix="/v1/admin", tags=["admin"], dependencies=[Depends(who), Depends(private)]
    )
    _add_looks(router, services)
    _add_changes(router, services, who)
    _add_checks(router, services)
    return router


def _add_looks(router: APIRouter, services: Services) -> None:
    """Declare what can be looked at."""
    sites = services.site_registry

    @router.get("/sites", operation_id="listSites", summary="List the sites")
    async def all_sites() -> SitesShown:
        return SitesShown(sites=[site_shown(sites, name) for name in sites.names()])

    @router.get("/sites/{name}", operation_id="getSite", summary="Show a site")
    async def one_site(name: Annotated[str, _NAME]) -> SiteDetails:
        return site_details(sites, name)

    @router.get(
        "/sites/{name}/activity",
        operation_id="getSiteActivity",
        summary="Show what a site has been doing",
    )
    async def activity(
        name: Annotated[str, _NAME],
        minutes: Annotated[int, Query(ge=1, le=MINUTES)] = 60,
    ) -> ActivityShown:
        if name not in sites.names():
            raise UnknownSite
        since = services.clock.now() - timedelta(minutes=minutes)
        return activity_shown(sites.activity(name), minutes, since)

    @router.get("/platforms", operation_id="listPlatforms", summary="List the chat platforms")
    async def platforms() -> PlatformsShown:
        return PlatformsShown(platforms=platforms_shown())


def _add_changes(router: APIRouter, services: Services, who: WhoCalls) -> None:
    """Declare what can be changed."""
    sites = services.site_registry

    @router.put("/sites/{name}", operation_id="putSite", summary="Set a site up")
    async def put(
        name: Annotated[str, _NAME], given: SiteGiven, actor: Annotated[Actor, Depends(who)]
    ) -> SiteDetails:
        now = sites.get(name).section if name in sites.doors else sites.in_file(name)
        section = section_of(given, now)
        try:
            await sites.put(name, section, by=f"{actor.kind} {actor.id}")
        except ConfigError as error:
            raise refusal(name, error) from None
        log.info("site set up", audit=True, site=name, by=actor.id, kind=actor.kind)
        return site_details(sites, name)

    @router.delete(
        "/sites/{name}",
        operation_id="dropSite",
        summary="Drop what was set up here: the file counts again",
        status_code=204,
    )
    async def drop(name: Annotated[str, _NAME], actor: Annotated[Actor, Depends(who)]) -> None:
        await sites.drop(name)
        log.info("site dropped", audit=True, site=name, by=actor.id, kind=actor.kind)

    @router.post("/reload", operation_id="reload", summary="Read the settings again")
    async def reload(actor: Annotated[Actor, Depends(who)]) -> ReloadShown:
        done = await sites.reload(tell=True)
        log.info("settings reloaded", audit=True, by=actor.id, kind=actor.kind)
        return ReloadShown(
            sites=[
                ChangeShown(
                    name=change.name,
                    changed=change.changed,
                    problem=problem_shown(change.problem),
                )
                for change in done.changes
            ],
            problem=problem_shown(done.problem),
            restart=list(done.restart),
        )


def _add_checks(router: APIRouter, services: Services) -> None:
    """Declare what finds out what is wrong."""

    @router.post(
        "/sites/{name}/check", operation_id="checkSite", summary="Look for what is wrong"
    )
    async def check(name: Annotated[str, _NAME]) -> FindingsShown:
        return FindingsShown(
            findings=[
                FindingShown(
                    level=found.level,
                    subject=found.subject,
                    message=found.message,
                    remedy=found.remedy,
                )
                async for found in examine(services, site=name)
            ]
        )

    @router.post(
        "/sites/{name}/explain",
        operation_id="explainProof",
        summary="Say step by step why a proof is accepted or not",
    )
    async def explanation(name: Annotated[str, _NAME], given: ProofGiven) -> ExplanationShown:
        proof = services.site_registry.get(name).door.proof
        if proof is None:
            said = "this site takes server keys only, so no visitor's proof is accepted"
            check = CheckShown(name="proof", ok=False, detail=said)
            return ExplanationShown(accepted=False, checks=[check], identity=None)
        found = await explain(proof, presented(proof, given.proof), services.clock.now())
        visitor = found.visitor
        return ExplanationShown(
            accepted=found.accepted,
            checks=[CheckShown(name=c.name, ok=c.ok, detail=c.detail) for c in found.checks],
            identity=IdentityShown(email=visitor.email, user_id=visitor.user_id)
            if visitor
            else None,
        )
