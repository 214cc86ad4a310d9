"""Each platform's page says what its author wrote, and its example can be typed."""

import tomllib
from typing import Any

import pytest
from tests.support.vouching import SECRET, private_key
from tools.platform_pages import page, pages

from callingcard.identity import platforms
from callingcard.kit import plugins

NAMES = sorted(platforms.BUILT_IN)


def kind(name: str) -> Any:
    """Return the class of the platform *name*."""
    return plugins.load(platforms.GROUP, name, platforms.BUILT_IN)


def test_there_is_a_page_for_each_and_a_table_of_all():
    """Each row leads to its page."""
    made = pages()
    assert {f"docs/platforms/{name}.md" for name in [*NAMES, "README"]} == set(made)
    assert [n for n in NAMES if f"({n}.md)" not in made["docs/platforms/README.md"]] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_all_that_the_guide_says(name: str):
    """Nothing a person needs is left in the code."""
    guide, text = kind(name).guide, page(kind(name))
    parts = [getattr(guide, part) for part in guide.__slots__ if part != "refresh"]
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_example_names_every_argument_that_is_needed(name: str):
    """Its TOML is well-formed, and with a real secret it builds the platform."""
    example = page(kind(name)).partition("```toml\n")[2].partition("```")[0]
    site = tomllib.loads(example)["sites"]["shop"]
    section = site["settings" if name == "jwt" else name]
    values = {key: real(name, key, value) for key, value in section.items()}
    assert platforms.build(site["platform"], **values).name == name


def real(name: str, key: str, value: Any) -> Any:
    """Return what an operator would have put for an example's *value*."""
    if key == "private_key":
        return private_key()
    if isinstance(value, dict) and set(value) == {"env"}:
        return "00112233445566778899aabbccddeeff" if name == "pylon" else SECRET
    return ("https://chat.example" if key == "base_url" else "x1") if value == "…" else value
