"""``/v1/admin/functions/NAME/deploys``: a deploy goes on while its page looks at it.

A deploy that is under way is known to the node that does it, for as long as it runs and
a while after. What it comes to is in the database, whole, or not at all.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import structlog
from fastapi import APIRouter, Depends, Path

from callingcard.errors import CallingcardError, LimitExceeded
from callingcard.functions.api.function_shapes import SourceGiven, VersionShown, version_shown
from callingcard.functions.api.functions import NAME, WhoCalls, by, private
from callingcard.functions.api.shapes import Shape
from callingcard.functions.model.versions import Version
from callingcard.functions.service.deploying.deploy import Step
from callingcard.functions.service.deploying.functions import FunctionDesk
from callingcard.functions.service.deploying.refusals import SourceRefused, UnknownDeploy
from callingcard.kit.actor import Actor
from callingcard.kit.clock import Clock
from callingcard.kit.ids import random_id

MOST_AT_ONCE: Final = 8
_MOST_KEPT: Final = 200
_MOST_STEPS: Final = 500
_ID: Final = Path(pattern="^dep_[0-9a-f]{32}$", description="The deploy.")

log = structlog.get_logger("callingcard.functions")


class StepShown(Shape):
    """Something that a deploy told."""

    name: str
    message: str
    at: datetime


class DeployProblem(Shape):
    """Why a deploy came to nothing."""

    message: str
    hint: str
    line: int | None


class Deploying(Shape):
    """A deploy, and where it is."""

    id: str
    state: Literal["running", "done", "failed"]
    steps: list[StepShown]
    error: DeployProblem | None
    version: VersionShown | None


@dataclass(slots=True)
class _Deploy:
    """One deploy of this node."""

    id: str
    function: str
    steps: list[StepShown] = field(default_factory=list[StepShown])
    problem: DeployProblem | None = None
    version: Version | None = None

    def shown(self) -> Deploying:
        """Return where it is."""
        over = "done" if self.version else "failed" if self.problem else "running"
        return Deploying(
            id=self.id,
            state=over,
            steps=self.steps,
            error=self.problem,
            version=self.version and version_shown(self.version, current=True),
        )


class Deploys:
    """The deploys of this node; close it before the database."""

    def __init__(self, functions: FunctionDesk, clock: Clock) -> None:
        self._functions = functions
        self._clock = clock
        self._kept: OrderedDict[str, _Deploy] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, source: str, actor: Actor) -> Deploying:
        """Begin a deploy; raises LimitExceeded."""
        if len(self._tasks) >= MOST_AT_ONCE:
            raise LimitExceeded(
                "several deploys are under way already", retry_after=timedelta(seconds=5)
            )
        deploy = _Deploy(random_id("dep_"), name)
        self._kept[deploy.id] = deploy
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        task = asyncio.create_task(self._do(deploy, source, actor))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return deploy.shown()

    def get(self, name: str, deploy_id: str) -> Deploying:
        """Return where a deploy is; raises UnknownDeploy."""
        deploy = self._kept.get(deploy_id)
        if deploy is None or deploy.function != name:
            raise UnknownDeploy("this deploy is long over, or another node does it")
        return deploy.shown()

    async def close(self) -> None:
        """End what is under way; the versions that count stay as they are."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _do(self, deploy: _Deploy, source: str, actor: Actor) -> None:
        """Carry a deploy out, and keep what came of it."""

        def tell(step: Step) -> None:
            if len(deploy.steps) < _MOST_STEPS:
                now = self._clock.now()
                deploy.steps.append(StepShown(name=step.name, message=step.message, at=now))

        try:
            made = await self._functions.deploy(
                deploy.function, source, by=by(actor), tell=tell
            )
        except CallingcardError as error:
            line = error.findings[0].line if isinstance(error, SourceRefused) else None
            deploy.problem = DeployProblem(message=error.message, hint=error.hint, line=line)
        except asyncio.CancelledError:
            deploy.problem = DeployProblem(message="the server stopped", hint="", line=None)
            raise
        except Exception:
            # The edge of a job: nobody above would ever hear of it.
            log.exception("deploy failed", function=deploy.function)
            said = "something is wrong in Callingcard itself"
            hint = "The server's log says what."
            deploy.problem = DeployProblem(message=said, hint=hint, line=None)
        else:
            deploy.version = made
            log.info(
                "function deployed",
                audit=True,
                function=deploy.function,
                number=made.number,
                by=actor.id,
                kind=actor.kind,
            )


def deploy_routes(deploys: Deploys, who: WhoCalls) -> APIRouter:
    """Return the routes; *who* finds who asks, or raises NotAllowed."""
    router = APIRouter(
        prefix="/v1/admin/functions/{name}/deploys",
        tags=["functions"],
        dependencies=[Depends(who), Depends(private)],
    )

    @router.post(
        "", operation_id="deployFunction", summary="Deploy a function", status_code=202
    )
    async def deploy(
        name: Annotated[str, NAME],
        given: SourceGiven,
        actor: Annotated[Actor, Depends(who)],
    ) -> Deploying:
        return deploys.start(name, given.source, actor)

    @router.get("/{deploy}", operation_id="getDeploy", summary="Show where a deploy is")
    async def one_deploy(name: Annotated[str, NAME], deploy: Annotated[str, _ID]) -> Deploying:
        return deploys.get(name, deploy)

    return router
