"""``callingcard desk export | erase | audit``: what people may ask, and who looked at them."""

import os
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import typer

from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    services,
    settings_from,
    show,
    show_json,
    show_table,
    stderr,
)
from callingcard.desk.model.audit import AuditFilter, AuditRow, Head, Verdict, Who
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.privacy import Erasure
from callingcard.errors import ConfigError
from callingcard.kit.codec import rfc3339
from callingcard.server.settings.model import Settings

_BY: Final = Who("system", "command-line")

app = typer.Typer(help="The audit log: list, verify.", no_args_is_help=True)
EmailOption = Annotated[str | None, typer.Option(help="The person's address.")]
ContactOption = Annotated[str | None, typer.Option(help="The id of their contact.")]


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The zip to write; a new one.")],
    email: EmailOption = None,
    contact: ContactOption = None,
    config: ConfigOption = None,
) -> None:
    """Write everything that is kept of one person into a zip: JSON, and a page to read."""
    settings = settings_from(config)
    try:
        # Not for others on this machine, and nothing is written over.
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(f"{file} is already there.", hint="Name a new file.") from None
    try:
        with os.fdopen(number, "wb") as out:
            run(_export(settings, out, email=email, contact=contact))
            size = out.tell()
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    stderr.print(f"Wrote {file}: {size} bytes. It holds personal data.", highlight=False)


def erase(
    *,
    email: EmailOption = None,
    contact: ContactOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget one person everywhere, for good. What is printed names nobody."""
    if not yes:
        typer.confirm("Everything of this person will be gone. Go on?", abort=True)
    receipt = run(_erase(settings_from(config), email=email, contact=contact))
    done = receipt.finished_at is not None
    counts = "\n".join(f"{name:16} {rows}" for name, rows in sorted(receipt.counts.items()))
    told = {
        "id": receipt.id,
        "state": "done" if done else "going_on",
        "counts": dict(receipt.counts),
    }
    show(told, as_json=as_json, text=f"erasure {receipt.id}\n{counts}")
    if not done:
        stderr.print(
            "The server does the rest: its memory, and its files. Start it if it is off."
        )


@app.command("list")
def list_rows(
    *,
    who: Annotated[str, typer.Option(help="Only of this agent or key, by id.")] = "",
    action: Annotated[str, typer.Option(help="Only this, such as viewed.")] = "",
    contact: Annotated[str, typer.Option(help="Only about this contact, by id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who looked at whom and what else was done, the newest first."""
    kind = "contact" if contact else ""
    wanted = AuditFilter(who=who, action=action, kind=kind, id=contact)
    rows = run(_rows(settings_from(config), wanted, limit))
    if as_json:
        show_json([_told(row) for row in rows])
        return
    show_table(
        ("seq", "at", "who", "did", "to"),
        [
            (
                str(row.seq),
                rfc3339(row.deed.at),
                f"{row.deed.who.kind} {row.deed.who.id}",
                row.deed.action,
                f"{row.deed.kind} {row.deed.id}",
            )
            for row in rows
        ],
        empty="Nobody has looked at anybody yet.",
    )


@app.command("verify")
def verify(
    noted: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="A head that you noted earlier.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for rows that were changed or removed; ends with 1 when there are."""
    head = None if noted is None else _head(noted)
    found = run(_verify(settings_from(config), head))
    whole = found.broken_at is None
    at = f"{found.head.seq}:{found.head.hash}"
    said = "whole" if whole else f"broken at row {found.broken_at}"
    show(
        {"whole": whole, "rows": found.rows, "brokenAt": found.broken_at, "head": at},
        as_json=as_json,
        text=f"{said}, {found.rows} rows\nhead {at}",
    )
    if not whole:
        raise typer.Exit(1)
    if not as_json:
        stderr.print("Note the head elsewhere: `--noted` tells later whether the end was cut.")


def _head(text: str) -> Head:
    seq, _, digest = text.partition(":")
    if not (seq.isascii() and seq.isdecimal() and digest):
        raise typer.BadParameter("Write it as `desk audit verify` prints it: SEQ:HASH.")
    return Head(int(seq), digest)


def _told(row: AuditRow) -> dict[str, Any]:
    deed = row.deed
    return {
        "seq": row.seq,
        "at": rfc3339(deed.at),
        "whoKind": deed.who.kind,
        "whoId": deed.who.id,
        "action": deed.action,
        "kind": deed.kind,
        "id": deed.id,
        "detail": dict(deed.detail),
        "hash": row.hash,
    }


async def _export(
    settings: Settings, out: BinaryIO, *, email: str | None, contact: str | None
) -> None:
    async with services(settings) as opened:
        made = await opened.desk.privacy.exporting.export(
            by=_BY, email=email, contact_id=None if contact is None else ContactId(contact)
        )
        async for chunk in made.chunks:
            out.write(chunk)


async def _erase(settings: Settings, *, email: str | None, contact: str | None) -> Erasure:
    async with services(settings) as opened:
        return await opened.desk.privacy.erasing.erase(
            by=_BY, email=email, contact_id=None if contact is None else ContactId(contact)
        )


async def _rows(settings: Settings, wanted: AuditFilter, limit: int) -> list[AuditRow]:
    async with services(settings) as opened:
        return list(await opened.desk.privacy.audit.page(wanted, limit=limit))


async def _verify(settings: Settings, noted: Head | None) -> Verdict:
    async with services(settings) as opened:
        return await opened.desk.privacy.audit.verify(noted)
