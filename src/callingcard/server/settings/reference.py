"""Writes the settings down for people, from the very class that checks them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from callingcard.server.settings.model import Settings
from callingcard.server.settings.section import section_of

_SITE = """
# A site whose visitors are vouched for. There may be many.
# [sites.shop]
# platform = "hubspot"
# origins = ["https://shop.example"]
# proof = "jwt"  # or jwks, header, key
# [sites.shop.jwt]
# issuer = "shop"
# audience = "callingcard"
# keys = [ { kid = "2026-11", secret = { env = "SHOP_SECRET" } } ]
# [sites.shop.jwks]  # for proof = "jwks": an identity provider
# preset = "auth0"
# url = "https://tenant.example/.well-known/jwks.json"
# issuer = "https://tenant.example/"
# audience = "callingcard"
# [sites.shop.header]  # for proof = "header": a proxy that signs people in
# preset = "oauth2-proxy"
# trusted_peers = ["10.0.0.7"]
# [sites.shop.hubspot]
# access_token = { env = "HUBSPOT_ACCESS_TOKEN" }
"""


def example_toml() -> str:
    """Return a settings file that changes nothing: every default, commented out."""
    lines = ["# Every setting with its default. Take away the # to change one.", ""]
    for name, field in Settings.model_fields.items():
        if section_of(field) is None and name != "sites":
            lines += _example_lines(name, field)
    for name, field in Settings.model_fields.items():
        if name != "sites" and (section := section_of(field)) is not None:
            lines += ["", f"[{name}]"]
            for inner, inner_field in section.model_fields.items():
                lines += _example_lines(inner, inner_field)
    return "\n".join(lines) + "\n" + _SITE


def reference_page() -> str:
    """Return the page ``docs/reference/settings.md``."""
    lines = [
        "# Settings",
        "",
        "Written by `make docs` from `server/settings`; do not edit.",
        "",
        "Weakest first: defaults, `callingcard.toml`, `CALLINGCARD_SECTION__FIELD`, flags.",
        'A secret may be text, `{ env = "NAME" }` or `{ file = "PATH" }`.',
        "Every variable has a `…_FILE` twin that names a file.",
        "",
        "| setting | default | what it is |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{path}` | {_default_in_words(field)} | {_one_line(field)} |"
        for path, field in _walk(Settings, "")
    ]
    return "\n".join(lines) + "\n"


def _walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    """Yield every setting with its dotted path, sections opened."""
    for name, field in model.model_fields.items():
        section = section_of(field)
        if section is None:
            yield f"{prefix}{name}", field
        else:
            yield from _walk(section, f"{prefix}{name}.{'NAME.' if name == 'sites' else ''}")


def _example_lines(name: str, field: FieldInfo) -> list[str]:
    """Return the comment and the assignment of one setting."""
    return [
        f"# {_one_line(field)}",
        f"# {name} = {_toml(field.get_default(call_default_factory=True))}",
    ]


def _toml(value: Any) -> str:
    """Write a default as TOML does."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(value)


def _default_in_words(field: FieldInfo) -> str:
    """Write the default for the table."""
    if field.is_required():
        return "required"
    value = _toml(field.get_default(call_default_factory=True))
    return "" if value in {'""', "[]", "{}", "null"} else f"`{value}`"


def _one_line(field: FieldInfo) -> str:
    """Return what the setting is for, or the section's own sentence."""
    return (field.description or "").replace("\n", " ")
