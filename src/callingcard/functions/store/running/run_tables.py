"""The tables of history, and how a run becomes a row and a run again."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from callingcard.backends.database import Moment
from callingcard.functions.model.runs import CallRecord, Failure, Frame, Run, RunState
from callingcard.functions.model.values import FunctionName, RunId, VersionId
from callingcard.functions.ports.runs import Kept
from callingcard.functions.store.metadata import metadata

runs = Table(
    "functions_runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("function", String(63), nullable=False),
    Column("version", String(64), nullable=False),
    Column("number", Integer),
    Column("trigger", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("duration_us", BigInteger),
    Column("queued_us", BigInteger, nullable=False),
    Column("cpu_us", BigInteger, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("start", String(8), nullable=False),
    Column("node", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("replay_of", String(40)),
    Column("error_type", Text),
    Column("error_message", Text),
    Column("sealed", LargeBinary, nullable=False),
    Column("detail", Text, nullable=False),
    Column("log", Text, nullable=False),
)
Index("ix_functions_runs_function_started_at", runs.c.function, runs.c.started_at, runs.c.id)
Index("ix_functions_runs_started_at", runs.c.started_at, runs.c.id)
Index(
    "ix_functions_runs_running",
    runs.c.node,
    sqlite_where=runs.c.state == RunState.RUNNING.value,
    postgresql_where=runs.c.state == RunState.RUNNING.value,
)

people = Table(
    "functions_run_people",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("run_id", String(40), primary_key=True),
)
Index("ix_functions_run_people_run_id", people.c.run_id)

keys = Table(
    "functions_run_keys",
    metadata,
    Column("function", String(63), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("run_id", String(40), nullable=False),
    Column("claimed_at", Moment, nullable=False),
    Column("answer", LargeBinary),
)
Index("ix_functions_run_keys_run_id", keys.c.run_id)
Index("ix_functions_run_keys_claimed_at", keys.c.claimed_at)

last_answers = Table(
    "functions_last_answers",
    metadata,
    Column("function", String(63), primary_key=True),
    Column("question", String(64), primary_key=True),
    Column("run_id", String(40), nullable=False),
    Column("person", String(64), nullable=False),
    Column("answered_at", Moment, nullable=False),
    Column("answer", LargeBinary, nullable=False),
)
Index("ix_functions_last_answers_person", last_answers.c.person)
Index("ix_functions_last_answers_answered_at", last_answers.c.answered_at)

counts = Table(
    "functions_run_counts",
    metadata,
    Column("function", String(63), primary_key=True),
    Column("hour", Moment, primary_key=True),
    Column("box", Integer, primary_key=True),
    Column("runs", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
)
"""What lists show, counted as it happens: it costs the same however long history is."""

nodes = Table(
    "functions_nodes",
    metadata,
    Column("node", String(64), primary_key=True),
    Column("beat_at", Moment, nullable=False),
)

HEAVY: Final = ("sealed", "detail", "log")
"""Columns that a list does not need."""
LIGHT: Final = [column for column in runs.c if column.name not in HEAVY]

_US: Final = timedelta(microseconds=1)


def row_of(kept: Kept) -> dict[str, Any]:
    """Return the row that keeps a run."""
    run, failure = kept.run, kept.run.failure
    ended = run.duration is not None or run.state is not RunState.RUNNING
    return {
        "id": run.id,
        "function": run.function,
        "version": run.version,
        "number": kept.number,
        "trigger": run.trigger,
        "state": run.state.value,
        "started_at": run.started_at,
        "ended_at": run.started_at + (run.duration or timedelta()) if ended else None,
        "duration_us": None if run.duration is None else run.duration // _US,
        "queued_us": run.queued // _US,
        "cpu_us": run.cpu // _US,
        "memory_bytes": run.memory_bytes,
        "start": run.start,
        "node": run.node,
        "fingerprint": run.fingerprint,
        "replay_of": run.replay_of,
        "error_type": None if failure is None else storable(failure.type),
        "error_message": None if failure is None else storable(failure.message),
        "sealed": kept.sealed,
        "detail": json.dumps(
            {
                "input": run.input,
                "output": run.output,
                "calls": [asdict(call) for call in run.calls],
                "frames": [asdict(frame) for frame in failure.frames] if failure else [],
                "extra": dict(run.extra),
            }
        ),
        "log": storable(run.log),
    }


def kept_of(row: Mapping[str, Any]) -> Kept:
    """Return the run that a row keeps; what the row left out is empty."""
    detail: dict[str, Any] = json.loads(row["detail"]) if "detail" in row else {}
    duration, replay_of = row["duration_us"], row["replay_of"]
    run = Run(
        id=RunId(row["id"]),
        function=FunctionName(row["function"]),
        version=VersionId(row["version"]),
        trigger=row["trigger"],
        state=RunState(row["state"]),
        started_at=row["started_at"],
        input=detail.get("input"),
        output=detail.get("output"),
        log=row.get("log", ""),
        calls=tuple(CallRecord(**call) for call in detail.get("calls", ())),
        failure=_failure(row, detail),
        fingerprint=row["fingerprint"],
        duration=None if duration is None else duration * _US,
        queued=row["queued_us"] * _US,
        cpu=row["cpu_us"] * _US,
        memory_bytes=row["memory_bytes"],
        start=row["start"],
        node=row["node"],
        replay_of=RunId(replay_of) if replay_of else None,
        extra=detail.get("extra", {}),
    )
    return Kept(run, number=row["number"], sealed=row.get("sealed", b""))


def _failure(row: Mapping[str, Any], detail: Mapping[str, Any]) -> Failure | None:
    if row["error_type"] is None:
        return None
    frames = tuple(Frame(**frame) for frame in detail.get("frames", ()))
    return Failure(row["error_type"], row["error_message"] or "", frames)


def storable(text: str) -> str:
    """Return *text* without what a database refuses: NUL, and halves of characters.

    A function may print anything, and one such line must not cost other runs theirs.
    """
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
