"""Commands about sites, run as people run them."""

import json
from pathlib import Path

from tests.integration.test_commands import SETTINGS, run

BAD = """
[sites.bad]
platform = "desk"
proof = "header"
[sites.bad.header]
preset = "authelia"
trusted_peers = ["0.0.0.0/0"]
[sites.bad.desk]
base_url = "http://127.0.0.1:8400"
inbox = "web"
key_id = "k"
secret = "another secret, of 32 bytes or more"
"""


def test_a_site_that_cannot_be_served_is_a_finding_and_the_rest_is_looked_at(tmp_path: Path):
    """Headers that anybody may set fail, with the remedy; the other site is fine."""
    (tmp_path / "callingcard.toml").write_text(SETTINGS + BAD)
    ran = run(tmp_path, "doctor", "--json")
    assert ran.returncode == 1, ran.stderr
    found = json.loads(ran.stdout)
    (failed,) = [f for f in found if f["subject"] == "site bad"]
    assert failed["level"] == "fail"
    assert "sites.bad.header" in failed["message"]
    assert any("issued a token" in f["message"] for f in found if f["subject"] == "site shop")
    only = run(tmp_path, "doctor", "--site", "shop")
    assert only.returncode == 0, only.stdout
    assert "Traceback" not in ran.stderr + only.stderr


def test_an_unknown_site_is_said_to_be_one(tmp_path: Path):
    """The doctor and ``token`` end with 1 and say so."""
    (tmp_path / "callingcard.toml").write_text(SETTINGS)
    for command in (
        ("doctor", "--site", "shp"),
        ("token", "--site", "shp", "--email", "a@b.co"),
    ):
        ran = run(tmp_path, *command)
        assert ran.returncode == 1
        assert "identity.unknown_site" in ran.stderr
