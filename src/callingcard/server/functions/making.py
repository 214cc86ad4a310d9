"""Opens what functions are made with: connectors, packages, the sandbox, the editor."""

from dataclasses import dataclass

from callingcard.backends.guarded import GuardedFetch
from callingcard.functions.api.deploys import Deploys
from callingcard.functions.connectors.calling import ConnectorCaller
from callingcard.functions.connectors.oauth import Tokens
from callingcard.functions.connectors.workshop import ThreadedWorkshop
from callingcard.functions.editing.editor import Editor
from callingcard.functions.editing.typechecks import TypeChecker
from callingcard.functions.packages.environments import UvPackages
from callingcard.functions.packages.resolver import Resolver
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from callingcard.functions.service.connecting.connectors import ConnectorDesk, ConnectorParts
from callingcard.functions.service.connecting.shelves import DeskShelf
from callingcard.functions.service.deploying.deploy import VersionMaker
from callingcard.functions.service.deploying.functions import FunctionDesk
from callingcard.functions.service.templates import TemplateDesk
from callingcard.functions.store.connectors import SqlClaims, SqlConnectors
from callingcard.functions.store.drafts import SqlDrafts
from callingcard.functions.store.payloads import SqlPayloads
from callingcard.functions.store.versions import SqlVersions
from callingcard.functions.templates.gallery import Gallery
from callingcard.kit.crypto import Sealer
from callingcard.kit.ids import random_id
from callingcard.server.functions.adapters import (
    BareTrials,
    NoSandbox,
    PackagesOfFunctions,
    Walls,
)
from callingcard.server.functions.around import Around
from callingcard.server.functions.sealed import SealedHouse
from callingcard.server.settings.model import environment


@dataclass(frozen=True, slots=True)
class Making:
    """What is there before a function runs."""

    versions: SqlVersions
    packages: UvPackages
    sandbox: ForkSandbox | NoSandbox
    walls: Walls
    guarded: GuardedFetch
    connectors: ConnectorDesk
    shelf: DeskShelf
    editor: Editor
    functions: FunctionDesk
    trials: BareTrials
    """Makes drafts ready without asking the editor, which asks for this itself."""
    deploys: Deploys
    templates: TemplateDesk
    payloads: SqlPayloads

    async def sweep(self) -> int:
        """Remove environments that nothing needs any more; return how many."""
        return await self.packages.keep_only(await self.versions.locks())

    async def close(self) -> None:
        """Close everything, callers first."""
        await self.deploys.close()
        await self.editor.close()
        await self.sandbox.close()
        await self.guarded.close()


def open_making(around: Around, sealed: SealedHouse) -> Making:
    """Open everything; nothing of it runs yet."""
    versions = SqlVersions(around.database)
    guarded = GuardedFetch()
    connectors = _connectors(around, sealed, versions, guarded)
    packages, sandbox = _packages_and_sandbox(around)
    shelf = DeskShelf(connectors)
    editor = Editor(
        connectors, PackagesOfFunctions(versions, packages), ceilings=around.ceilings
    )

    def maker(editing: Editor | None) -> VersionMaker:
        parts = (sandbox, packages, shelf, around.clock)
        return VersionMaker(*parts, ceilings=around.ceilings, editing=editing)

    functions = FunctionDesk(
        versions,
        SqlDrafts(around.database),
        maker(editor),
        clock=around.clock,
        news=around.bus,
        storage=sealed.storage,
    )
    return Making(
        versions=versions,
        packages=packages,
        sandbox=sandbox,
        walls=Walls(sandbox.level, around.settings.functions.floor),
        guarded=guarded,
        connectors=connectors,
        shelf=shelf,
        editor=editor,
        functions=functions,
        trials=BareTrials(maker(None)),
        deploys=Deploys(functions, around.clock),
        templates=TemplateDesk(Gallery(), functions, shelf),
        payloads=SqlPayloads(around.database, Sealer(around.secrets, "payloads")),
    )


def _packages_and_sandbox(around: Around) -> tuple[UvPackages, ForkSandbox | NoSandbox]:
    """Return the two, which know of each other: what is in use is not collected."""
    folder = around.settings.data_dir / "functions"
    packages = UvPackages(
        folder,
        Resolver(folder / "uv", environ=environment()),
        around.clock,
        in_use=lambda: sandbox.environments_in_use(),  # noqa: PLW0108  (it is made below)
    )
    floor = around.settings.functions.floor
    sandbox = (
        NoSandbox() if floor == "off" else ForkSandbox(locate=packages.locate, floor=floor)
    )
    return packages, sandbox


def _connectors(
    around: Around, sealed: SealedHouse, versions: SqlVersions, fetch: GuardedFetch
) -> ConnectorDesk:
    """Return what functions may call."""
    claims = SqlClaims(around.database)
    tokens = Tokens(fetch, sealed.secrets, claims, clock=around.clock, new_id=random_id)
    return ConnectorDesk(
        ConnectorParts(
            store=SqlConnectors(around.database),
            workshop=ThreadedWorkshop(),
            caller=ConnectorCaller(fetch, sealed.secrets, tokens, clock=around.clock),
            secrets=sealed.secrets,
            dependents=versions,
            checks=TypeChecker(),
            clock=around.clock,
        )
    )
