"""The fixture that ``functions test`` gives to tests; imported only where pytest is.

Each test sees a storage of its own. Zygotes are shared, so a test costs what a run costs.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from callingcard.cli.functions.bench import AroundCalls, Bench, open_bench
from callingcard.cli.functions.files import name_of, source_of
from callingcard.errors import ConfigError
from callingcard.functions.connectors.recording import RecordingCalls, ReplayingCalls
from callingcard.functions.model.runs import CallRecord, Failure, RunState, RunVisitor
from callingcard.functions.model.values import FunctionName, Json
from callingcard.functions.model.versions import Version
from callingcard.functions.service.deploying.deploy import tell_nobody
from callingcard.server.settings.model import Settings


class FunctionRaised(AssertionError):
    """The function under test failed; *failure* says how, *state* at which limit."""

    def __init__(self, failure: Failure, state: RunState) -> None:
        lines = [
            f"  {frame.module}, line {frame.line}: {frame.text.strip()}"
            for frame in failure.frames
        ]
        super().__init__("\n".join([f"{failure.type}: {failure.message}", *lines]))
        self.failure = failure
        self.state = state


class RunFunction:
    """Runs the function that a test is about: ``run_function(name="Ada")``."""

    def __init__(
        self,
        runner: asyncio.Runner,
        bench: Bench,
        version: Version,
        visitor: RunVisitor | None = None,
    ) -> None:
        self._runner = runner
        self._bench = bench
        self._version = version
        self._visitor = visitor
        self.log = ""
        """What the last run printed."""
        self.calls: tuple[CallRecord, ...] = ()
        """What the last run asked connectors and storage for."""

    def __call__(self, **arguments: Json) -> Json:
        """Return what ``main`` returns; raises FunctionRaised, Invalid."""
        ran = self._runner.run(
            self._bench.run(self._version, arguments, visitor=self._visitor)
        )
        self.log, self.calls = ran.outcome.log, ran.calls
        if ran.outcome.state is not RunState.SUCCEEDED:
            failure = ran.outcome.failure or Failure(ran.outcome.state.value, "")
            raise FunctionRaised(failure, ran.outcome.state)
        return ran.outcome.value

    def as_visitor(self, email: str, **more: str) -> "RunFunction":
        """Return the same, called by somebody: ``user_id``, ``first_name``, ``last_name``."""
        visitor = RunVisitor(email, email_verified=True, **more)
        return RunFunction(self._runner, self._bench, self._version, visitor)

    @override
    def __repr__(self) -> str:
        return f"<run_function {self._version.function}>"


class FunctionTests:
    """A plugin of pytest; close it after the tests."""

    def __init__(self, settings: Settings, *, record: bool) -> None:
        self._settings = settings
        self._record = record
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._made: dict[Path, tuple[Bench, Version]] = {}
        self._tests = 0

    @pytest.fixture
    def run_function(self, request: pytest.FixtureRequest) -> RunFunction:
        """Return what runs the function that this test file is about."""
        file = function_of(request.path)
        if file not in self._made:
            self._made[file] = self._runner.run(self._make(file))
        bench, version = self._made[file]
        self._tests += 1
        # Storage belongs to a function's name, so each test has one of its own.
        named = FunctionName(f"{version.function}-{self._tests}")
        return RunFunction(self._runner, bench, replace(version, function=named))

    def close(self) -> None:
        """End every process."""
        self._runner.run(self._open.aclose())
        self._runner.close()

    async def _make(self, file: Path) -> tuple[Bench, Version]:
        """Open a bench for a function, and make a version of it."""
        bench = await self._open.enter_async_context(
            open_bench(file.parent, self._settings, around=self._around(file))
        )
        return bench, await bench.make(name_of(file), source_of(file), tell=tell_nobody)

    def _around(self, file: Path) -> AroundCalls:
        folder = file.parent / "recordings"
        if self._record:
            return lambda calls: RecordingCalls(calls, folder)
        return lambda _: ReplayingCalls(folder)


def function_of(test: Path) -> Path:
    """Return the function that a test file is about; raises ConfigError.

    ``test_lookup_order.py`` is about ``lookup-order.py`` or ``lookup_order.py``, beside it
    or a folder up.
    """
    wanted = test.stem.removeprefix("test_").replace("_", "-")
    for folder in (test.parent, test.parent.parent):
        for name in (wanted, wanted.replace("-", "_")):
            if (folder / f"{name}.py").is_file():
                return (folder / f"{name}.py").absolute()
    raise ConfigError(
        f"{test.name} is about {wanted}.py, which is neither beside it nor a folder up."
    )
