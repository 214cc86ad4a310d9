"""The command line, run as people and scripts run it."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

SETTINGS = """
[sites.shop]
platform = "desk"
[sites.shop.jwt]
issuer = "shop"
keys = [ { kid = "1", secret = "a shared secret of 32 bytes or more" } ]
[sites.shop.desk]
base_url = "http://127.0.0.1:8400"
inbox = "web"
key_id = "k"
secret = "another secret, of 32 bytes or more"
"""


def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``callingcard`` in *folder*."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CALLINGCARD_")}
    return subprocess.run(
        [sys.executable, "-m", "callingcard", *arguments],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_token_from_the_shell(tmp_path: Path):
    """``token`` prints what a page would be given."""
    (tmp_path / "callingcard.toml").write_text(SETTINGS)
    ran = run(tmp_path, "token", "--site", "shop", "--email", "Ada@Example.com", "--json")
    issued = json.loads(ran.stdout)
    assert issued["platform"] == "desk"
    assert issued["settings"]["identificationEmail"] == "ada@example.com"
    assert issued["settings"]["identificationToken"] == issued["token"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("config", "check"), 0),
        (("config", "check", "--config", "nowhere.toml"), 2),
        (("token", "--site", "nowhere", "--email", "a@b.example"), 1),
        (("token",), 2),
        (("serve", "--workers", "2"), 2),
        (("keys", "revoke", "nope"), 1),
    ],
)
def test_exit_codes_tell_failure_from_misuse(
    tmp_path: Path, arguments: tuple[str, ...], code: int
):
    """0 is done, 1 failed, 2 is usage or settings; the remedy is on standard error."""
    run(tmp_path, "migrate")
    ran = run(tmp_path, *arguments)
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr
    assert code == 0 or ran.stderr


def test_a_wrong_setting_ends_with_its_remedy(tmp_path: Path):
    """A typo in the file stops everything with the nearest right name."""
    (tmp_path / "callingcard.toml").write_text("[server]\nprot = 1\n")
    ran = run(tmp_path, "config", "check")
    assert ran.returncode == 2
    assert "Did you mean port?" in ran.stderr


def test_a_key_is_shown_once_and_stored_hashed(tmp_path: Path):
    """The file of the database does not hold the key; the list shows its beginning only."""
    run(tmp_path, "migrate")
    made = json.loads(
        run(tmp_path, "keys", "create", "crm", "--scope", "desk", "--json").stdout
    )
    listed = run(tmp_path, "keys", "list", "--json").stdout
    assert made["key"].startswith("cc_sk_")
    assert made["key"] not in listed
    data = b"".join(path.read_bytes() for path in (tmp_path / "callingcard-data").iterdir())
    assert made["key"].encode() not in data
    assert run(tmp_path, "keys", "revoke", made["id"]).returncode == 0


def test_people_are_added_listed_and_disabled(tmp_path: Path):
    """The password is made up and shown once; the last owner stays."""
    run(tmp_path, "migrate")
    added = run(tmp_path, "users", "add", "sam@shop.example", "--role", "owner", "--json")
    assert json.loads(added.stdout)["password"]
    given = run(
        tmp_path,
        "users",
        "add",
        "b@shop.example",
        "--password-stdin",
        stdin="long enough to do\n",
    )
    assert given.returncode == 0
    roles = [
        user["role"] for user in json.loads(run(tmp_path, "users", "list", "--json").stdout)
    ]
    assert roles == ["owner", "agent"]
    assert run(tmp_path, "users", "disable", "sam@shop.example").returncode == 1
    link = run(tmp_path, "users", "link", "b@shop.example").stdout
    assert "/app#ticket=" in link


def test_a_backup_restores(tmp_path: Path):
    """What is backed up is a whole database, and it comes back."""
    run(tmp_path, "migrate")
    run(tmp_path, "keys", "create", "kept", "--scope", "desk")
    assert run(tmp_path, "backup", "copy.db").returncode == 0
    assert sqlite3.connect(tmp_path / "copy.db").execute("pragma quick_check").fetchone() == (
        "ok",
    )
    run(tmp_path, "keys", "create", "later", "--scope", "desk")
    assert run(tmp_path, "restore", "copy.db").returncode == 2
    assert run(tmp_path, "restore", "copy.db", "--force").returncode == 0
    names = [key["name"] for key in json.loads(run(tmp_path, "keys", "list", "--json").stdout)]
    assert names == ["kept"]


def test_a_damaged_backup_is_refused(tmp_path: Path):
    """A file that is no database does not replace one."""
    (tmp_path / "copy.db").write_bytes(b"not a database" * 1000)
    ran = run(tmp_path, "restore", "copy.db")
    assert ran.returncode == 2
    assert not (tmp_path / "callingcard-data" / "callingcard.db").exists()


def test_migrate_check_tells_what_is_missing(tmp_path: Path):
    """Before the first start steps are missing, after ``migrate`` none is."""
    assert run(tmp_path, "migrate", "--check").returncode == 1
    assert run(tmp_path, "migrate").returncode == 0
    assert run(tmp_path, "migrate", "--check").returncode == 0


def test_the_doctor_names_remedies(tmp_path: Path):
    """Each line is ok, warn or fail; what is not ok says what to do."""
    (tmp_path / "callingcard.toml").write_text(SETTINGS)
    run(tmp_path, "migrate")
    found = json.loads(run(tmp_path, "doctor", "--json").stdout)
    assert {finding["level"] for finding in found} <= {"ok", "warn", "fail"}
    assert [
        f
        for f in found
        if f["level"] != "ok" and not f["remedy"] and "clock" not in f["message"]
    ] == []
    assert any(f["subject"] == "site shop" and "issued a token" in f["message"] for f in found)


def test_every_command_explains_itself(tmp_path: Path):
    """``--help`` works for every command of the contract that exists."""
    for command in (
        *("serve", "demo", "token", "doctor", "migrate", "backup", "restore"),
        *("keys create", "users add", "config show", "desk key create"),
    ):
        ran = run(tmp_path, *command.split(), "--help")
        assert ran.returncode == 0, command
        assert "Usage" in ran.stdout


def test_the_first_command_may_come_before_the_first_start(tmp_path: Path):
    """Nothing has to be set up before a key can be made; an older schema is left alone."""
    made = run(tmp_path, "keys", "create", "shop", "--scope", "tokens:issue")
    assert (made.returncode, "cc_sk_" in made.stdout) == (0, True)
    database = sqlite3.connect(tmp_path / "callingcard-data" / "callingcard.db")
    with closing(database), database:
        database.execute("update alembic_version set version_num = '0001'")
    refused = run(tmp_path, "keys", "list")
    assert (refused.returncode, "callingcard migrate" in refused.stderr) == (2, True)
