"""A snippet can be pasted: what it calls is defined in it, or by the vendor."""

import re

import pytest

from callingcard.identity import platforms
from callingcard.kit import plugins

OURS = ("answer", "ask", "freshAnswer", "getToken", "invalidate", "handOver", "identity")


@pytest.mark.parametrize("name", sorted(platforms.BUILT_IN))
def test_a_snippet_uses_no_name_that_nobody_defines(name: str):
    """Of those that a vendor does not bring."""
    code = plugins.load(platforms.GROUP, name, platforms.BUILT_IN).guide.snippet
    code = re.sub(r"(?<!:)//.*", "", code)
    used = [word for word in OURS if re.search(rf"(?<![\w.'\"]){word}[(.]", code)]
    defined = set(re.findall(r"const (\w+) =", code)) | set(re.findall(r"\((\w+)\) =>", code))
    assert [word for word in used if word not in defined] == []


def test_livechat_is_given_a_fresh_token_when_it_asks_for_one():
    """A POST alone may be answered from what is kept, so what is kept goes first."""
    code = plugins.load(platforms.GROUP, "livechat", platforms.BUILT_IN).guide.snippet
    fresh = code.partition("getFreshToken:")[2]
    assert "invalidate = () => fetch(endpoint, { method: 'DELETE' })" in code
    assert 0 < fresh.index("await invalidate()") < fresh.index("getToken()")


def test_what_the_vendor_does_not_document_is_said():
    """Front's option of shutdown has been seen and is in no reference."""
    guide = plugins.load(platforms.GROUP, "front", platforms.BUILT_IN).guide
    assert "clearSession" in guide.unsure
