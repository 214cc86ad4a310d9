"""Writes the settings down for people, from the very class that checks them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from callingcard.server.settings.model import Settings, SiteSection

_SITE = """
# A site whose visitors are vouched for. There may be many.
# [sites.shop]
# platform = "hubspot"
# origins = ["https://shop.example"]
# proof = "jwt"
# [sites.shop.jwt]
# issuer = "shop"
# audience = "callingcard"
# keys = [ { kid = "2026-11", secret = { env = "SHOP_SECRET" } } ]
# [sites.shop.hubspot]
# access_token = { env = "HUBSPOT_ACCESS_TOKEN" }
"""


def example_toml() -> str:
    """Return a settings file that changes nothing: every default, commented out."""
    lines = ["# Every setting with its default. Take away the # to change one.", ""]
    for name, field in Settings.model_fields.items():
        if _section(field) is None and name != "sites":
            lines += _example_lines(name, field)
    for name, field in Settings.model_fields.items():
        if name != "sites" and (section := _section(field)) is not None:
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
        section = _section(field)
        if section is not None:
            yield from _walk(section, f"{prefix}{name}.")
        elif name == "sites":
            yield from _walk(SiteSection, "sites.NAME.")
        else:
            yield f"{prefix}{name}", field


def _section(field: FieldInfo) -> type[BaseModel] | None:
    """Return the section that *field* is, also when it may be absent or repeated."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _example_lines(name: str, field: FieldInfo) -> list[str]:
    """Return the comment and the assignment of one setting."""
    return [f"# {_one_line(field)}", f"# {name} = {_toml(field.get_default())}"]


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
    value = _toml(field.get_default())
    return "" if value in {'""', "[]", "null"} else f"`{value}`"


def _one_line(field: FieldInfo) -> str:
    """Return what the setting is for, or the section's own sentence."""
    return (field.description or "").replace("\n", " ")
