"""What the settings say of proofs is what the proofs do."""

import re
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from callingcard.errors import ConfigError
from callingcard.identity.model import Presented
from callingcard.identity.proofs.presets import PRESETS
from callingcard.server.settings.sites import JwksSection, SiteSection, stored
from callingcard.server.sites.building import Shared, build_proof

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
PEER = "10.0.0.7"
NO_KEYS = cast("Shared", None)  # headers need nothing that sites share


def section(**header: Any) -> SiteSection:
    """Return the settings of a site whose visitors a proxy names."""
    said = {"trusted_peers": [PEER], **header}
    return SiteSection.model_validate({"platform": "x", "proof": "header", "header": said})


@pytest.mark.parametrize(
    ("preset", "prefix", "said", "proved"),
    [
        ("authelia", "remote-", None, True),
        ("authelia", "remote-", False, False),
        ("authentik", "x-authentik-", None, False),
        ("authentik", "x-authentik-", True, True),
    ],
)
async def test_whether_an_address_is_proved_is_left_to_the_preset(
    preset: str, prefix: str, said: object, proved: object
):
    """Unless the operator says it, and what was not said is not written down."""
    more = {} if said is None else {"email_verified": said}
    site = section(preset=preset, **more)
    assert ("email_verified" in stored(site)["header"]) == (said is not None)
    proof = build_proof(site, NO_KEYS)
    assert proof is not None
    headers = ((f"{prefix}email", "ada@example.com"), (f"{prefix}user", "u-7"))
    given = Presented((*headers, ("x-authentik-uid", "u-7")), PEER)
    visitor = await proof.visitor(given, NOON)
    assert visitor is not None
    assert visitor.user_id == "u-7"
    assert visitor.email == ("ada@example.com" if proved else None)


def test_headers_of_one_s_own_prove_no_address_by_default():
    """Without a user id beside it the site does not start, and the remedy is named."""
    with pytest.raises(ConfigError) as caught:
        build_proof(section(names={"email": "X-Email"}), NO_KEYS)
    assert "email_verified" in caught.value.hint
    proved = section(names={"email": "X-Email"}, email_verified=True)
    assert build_proof(proved, NO_KEYS) is not None


@pytest.mark.parametrize("setting", ["region", "signer", "project", "team"])
def test_a_setting_names_the_presets_that_use_it(setting: str):
    """All of them, and none that ignores it."""
    told = JwksSection.model_fields[setting].description or ""
    named = {name for name in PRESETS if re.search(rf"(?<![\w-]){name}(?![\w-])", told)}
    used = {
        name
        for name, row in PRESETS.items()
        if f"{{{setting}}}" in f"{row.issuer} {row.audience} {row.url} {dict(row.must)}"
    }
    assert named == used
