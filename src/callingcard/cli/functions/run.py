"""``functions run``: a file, once, in the real sandbox and without a server."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callingcard.cli.functions.files import folder_of, name_of, source_of
from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    settings_from,
    show_json,
    show_table,
    stderr,
    stdout,
)
from callingcard.errors import Invalid
from callingcard.functions.model.runs import RunState, RunVisitor
from callingcard.functions.model.values import Json
from callingcard.kit.codec import parse_json_object
from callingcard.server.settings.model import Settings

if TYPE_CHECKING:
    from callingcard.cli.functions.bench import Ran


def run_function(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The function's file.")],
    param: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="One parameter; may be repeated.")
    ] = None,
    params: Annotated[
        str | None, typer.Option(metavar="JSON", help="All parameters, as a JSON object.")
    ] = None,
    visitor: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Who calls, as if it had been proved.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a function here: its result is printed, with its log and its calls beside it."""
    pairs = [_pair(text) for text in param or []]
    given = _object(params)
    who = RunVisitor(visitor, email_verified=True) if visitor else None
    ran = run(_run(settings_from(config), file, (given, pairs, who), quiet=as_json))
    if as_json:
        show_json(_plain(ran))
    else:
        _show(ran)
    if ran.outcome.state is not RunState.SUCCEEDED:
        raise typer.Exit(1)


async def _run(
    settings: Settings,
    file: Path,
    asked: tuple[Mapping[str, Json], Sequence[tuple[str, str]], RunVisitor | None],
    *,
    quiet: bool,
) -> "Ran":
    """Make a version of *file* and run it with what was *asked* for."""
    from callingcard.cli.functions.bench import open_bench
    from callingcard.functions.service.deploying.deploy import Step
    from callingcard.functions.service.running.parameters import from_query

    def tell(step: Step) -> None:
        if step.name == "packages":
            stderr.print(step.message, style="dim", highlight=False, markup=False)

    def on_log(text: str) -> None:
        stderr.print(text, end="", highlight=False, markup=False)

    given, pairs, visitor = asked
    async with open_bench(folder_of(file), settings) as bench:
        version = await bench.make(name_of(file), source_of(file), tell=tell)
        arguments = {**given, **from_query(version.schema, pairs)}
        return await bench.run(
            version, arguments, visitor=visitor, on_log=None if quiet else on_log
        )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"write it like name=value, not {text!r}")
    return name, value


def _object(text: str | None) -> Mapping[str, Json]:
    try:
        return parse_json_object(text) if text else {}
    except ValueError as error:
        raise Invalid("--params is not a JSON object", fields={"params": str(error)}) from None


def _plain(ran: "Ran") -> dict[str, object]:
    """Return a run as JSON."""
    outcome = ran.outcome
    failure = outcome.failure
    return {
        "state": outcome.state.value,
        "value": outcome.value,
        "log": outcome.log,
        "durationMs": outcome.duration.total_seconds() * 1000,
        "memoryBytes": outcome.memory_bytes,
        "calls": [
            {
                "kind": call.kind,
                "name": call.name,
                "operation": call.operation,
                "status": call.status,
                "durationMs": call.duration_ms,
                "error": call.error or None,
            }
            for call in ran.calls
        ],
        "error": failure
        and {
            "type": failure.type,
            "message": failure.message,
            "frames": [
                {"module": f.module, "function": f.function, "line": f.line, "text": f.text}
                for f in failure.frames
            ],
        },
    }


def _show(ran: "Ran") -> None:
    """Print a run: the result for programs, all else beside it."""
    from callingcard.cli.functions.bench import shown_calls

    outcome = ran.outcome
    if ran.calls:
        show_table(("call", "status", "took", "problem"), shown_calls(ran.calls), empty="")
    if outcome.failure is not None:
        for frame in outcome.failure.frames:
            where = f"  {frame.module}, line {frame.line}, in {frame.function}"
            stderr.print(where, highlight=False, markup=False)
            if frame.text:
                stderr.print(f"    {frame.text.strip()}", highlight=False, markup=False)
        said = f"{outcome.failure.type}: {outcome.failure.message}"
        stderr.print(said, style="red", highlight=False, markup=False)
    if outcome.state is RunState.SUCCEEDED:
        typer.echo(json.dumps(outcome.value, indent=2, ensure_ascii=False))
    took = outcome.duration.total_seconds() * 1000
    stderr.print(
        f"{outcome.state.value} after {took:.0f} ms, {outcome.memory_bytes // 1048576} MiB",
        style="dim",
        highlight=False,
    )
    stdout.file.flush()
