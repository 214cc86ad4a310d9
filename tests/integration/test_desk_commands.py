"""``callingcard desk import`` and ``desk routing`` over a folder of their own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CSV = (
    "email,firstname,plan\nada@example.com,Ada,pro\nbroken,Bo,free\ngrace@example.com,Grace,\n"
)
PLAN: dict[str, Any] = {
    "rules": [
        {
            "name": "VIP",
            "when": {"property": "contact.plan", "operator": "eq", "value": "vip"},
            "team": "priority",
            "priority": "high",
        }
    ],
    "fallback": {"team": "support"},
}


def desk(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the desk over the data in *folder*."""
    return subprocess.run(
        [sys.executable, "-m", "callingcard", "desk", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def put(folder: Path, noun: str, document: object) -> subprocess.CompletedProcess[str]:
    """Write *document* into a file and have the command read it."""
    file = folder / f"{noun}.json"
    file.write_text(json.dumps(document))
    return desk(folder, "routing", noun, str(file))


def test_contacts_come_in_and_refused_rows_are_told(tmp_path: Path):
    """Rows that fit are kept, the others listed by line without their values; exit code 1."""
    (tmp_path / "people.csv").write_text(CSV)
    ran = desk(tmp_path, "import", "people.csv", "--json")
    report = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert (report["rows"], report["created"], report["refused"]) == (3, 2, 1)
    assert [row["line"] for row in report["refusals"]] == [3]
    (tmp_path / "people.csv").write_text("email,plan\nada@example.com,free\n")
    again = desk(tmp_path, "import", "people.csv")
    assert (again.returncode, again.stdout) == (0, "1 rows: 0 made, 1 changed.\n")
    assert desk(tmp_path, "import", "none.csv").returncode == 2


def test_routing_is_put_and_shown_as_it_was_put(tmp_path: Path):
    """Hours, teams and the plan; a plan that names a team which is not there is refused."""
    assert put(tmp_path, "plan", PLAN).returncode == 1
    week = {"mon": ["09:00-12:00", "13:00-17:00"]}
    office = {"name": "office", "zone": "Europe/Berlin", "days": week}
    assert put(tmp_path, "hours", office).returncode == 0
    for name in ("priority", "support"):
        team: dict[str, Any] = {"name": name, "agents": [], "hours": "office"}
        assert put(tmp_path, "team", team).returncode == 0
    assert put(tmp_path, "plan", PLAN).returncode == 0
    shown = json.loads(desk(tmp_path, "routing", "show").stdout)
    assert shown["plan"]["rules"] == PLAN["rules"]
    assert [team["name"] for team in shown["teams"]] == ["priority", "support"]
    assert shown["hours"][0]["days"]["mon"] == ["09:00-12:00", "13:00-17:00"]


def test_a_document_with_a_mistake_says_where(tmp_path: Path):
    """The path to the mistake is told, and nothing changes."""
    wrong: dict[str, Any] = {"name": "VIP", "when": {}, "tema": "x"}
    ran = put(tmp_path, "plan", {**PLAN, "rules": [wrong]})
    assert ran.returncode == 1
    assert "rules.0.tema" in ran.stderr
    nothing: dict[str, Any] = {"agents": []}
    nameless = put(tmp_path, "team", nothing)
    assert nameless.returncode == 1
    assert "name" in nameless.stderr
