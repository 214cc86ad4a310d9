"""The pages of docs/platforms, made of each platform's guide and arguments."""

import inspect
import json
import re
from dataclasses import MISSING, Field, fields
from importlib import import_module
from typing import Any

from callingcard.identity.platforms import BUILT_IN
from callingcard.server.settings.sites import SiteSection

MADE = "Written by `make docs` from the platform's own guide; do not edit."
INDEX = """# Platforms

{made}

Each is a class of `callingcard.platforms`, and a name for `platform` in a site's settings.
One that needs an address is asked for nobody whose address is not proved; the others are told of a proved address, or of a user id alone.

| platform | name | class | how | needs a proved address | enforcement |
|---|---|---|---|---|---|
{rows}

## One that is not here

If it takes a JWT or an HMAC-SHA256, [`jwt`](jwt.md) or [`hmac`](hmac.md) is set up for it without code.
Otherwise write a class: a frozen dataclass with the members of `callingcard.identity.ports.Platform`, and `sign`, or `request` and `read`.
Test it with `callingcard.testing.check_platform`, and let its package name it:

```toml
[project.entry-points."callingcard.platforms"]
parrot = "parrot_chat:Parrot"
```
"""  # noqa: E501  (a sentence a line)
REFRESH = {
    "pull": "The widget asks for a new token itself: let it reach your token endpoint.\n"
    "`settings` is the member of that name in the answer.",
    "push": "The token ends: ask again at `refreshAt` and hand over what comes.\n"
    "`settings` is the member of that name in the answer.",
    "never": "What is handed over once stays good: there is nothing to renew.\n"
    "`settings` is the member of that name in the answer.",
}


def pages() -> dict[str, str]:
    """Return every page of docs/platforms by its path."""
    kinds = {name: _load(place) for name, place in sorted(BUILT_IN.items())}
    made = {f"docs/platforms/{name}.md": page(kind) for name, kind in kinds.items()}
    return {"docs/platforms/README.md": index(list(kinds.values())), **made}


def index(kinds: list[Any]) -> str:
    """Return the table of all platforms."""
    rows = [
        f"| [{kind.guide.title}]({kind.name}.md) | `{kind.name}` | `{kind.__name__}`"
        f" | {_mechanism(kind)} | {'yes' if kind.needs_email else 'no'}"
        f" | {_cell(kind.guide.enforce.partition('. ')[0])} |"
        for kind in kinds
    ]
    return INDEX.format(made=MADE, rows="\n".join(rows))


def page(kind: Any) -> str:
    """Return the page of one platform."""
    guide = kind.guide
    parts = [
        f"# {guide.title}",
        f"{MADE}\n\n{_about(kind)}",
        f"## Set up\n\n{guide.where}\n\n{_toml(kind)}\n\nOr in Python:\n\n{_python(kind)}",
        f"## Hand over\n\n{REFRESH[guide.refresh]}\n\n```js\n{guide.snippet}\n```",
        f"## Sign out\n\n```js\n{guide.logout}\n```",
        f"## Enforce\n\n{guide.enforce}",
        f"## When a token is not accepted\n\n{guide.failure}",
        *([f"## Not documented by the vendor\n\n{guide.unsure}"] if guide.unsure else []),
        f"The vendor's own page: <{guide.docs_url}>",
    ]
    return "\n\n".join(parts) + "\n"


def _load(place: str) -> Any:
    """Return the class at *place*, written ``module:Class``."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _about(kind: Any) -> str:
    """Return the class's own words, and what the platform knows people by."""
    said = (inspect.getdoc(kind) or "").split("\n\n>>>", maxsplit=1)[0]
    who = (
        "Only visitors with a proved e-mail address are vouched for."
        if kind.needs_email
        else "An address is vouched for only when it is proved; a user id may stand alone."
    )
    return f"{said}\n\n{who}".replace("``", "`")


def _mechanism(kind: Any) -> str:
    """Say in a word how the platform is vouched to."""
    if hasattr(kind, "request"):
        return "a call"
    ends = any(each.name == "lifetime" for each in fields(kind))
    return "JWT" if ends or kind.guide.refresh != "never" else "hash"


def _toml(kind: Any) -> str:
    """Return the settings of a site with this platform."""
    name = "settings" if kind.name in SiteSection.model_fields else kind.name
    lines = ["[sites.shop]", f'platform = "{kind.name}"', "", f"[sites.shop.{name}]"]
    for each in fields(kind):
        if _shown(each):
            lines.append(f"{each.name} = {_example(kind, each)}")
        else:
            shown = _secret(kind, each) if not each.repr else _default(each)
            lines.append(f"# {each.name} = {shown}")
    return "```toml\n" + "\n".join(lines) + "\n```"


def _python(kind: Any) -> str:
    """Return the lines that make the platform in Python."""
    given = ", ".join(
        f"{each.name}={_as_python(each)}" for each in fields(kind) if _shown(each)
    )
    return (
        f"```python\nfrom callingcard.platforms import {kind.__name__}\n\n"
        f"{kind.__name__}({given})\n```"
    )


def _shown(each: Field[Any]) -> bool:
    """Say whether an example sets the field: it has no default, or is the secret."""
    needed = each.default is MISSING and each.default_factory is MISSING
    return needed or each.name == "secret"


def _example(kind: Any, each: Field[Any]) -> str:
    """Return what to write for a field that must be given."""
    if not each.repr:
        return _secret(kind, each)
    return str(each.metadata.get("example", '"…"'))


def _as_python(each: Field[Any]) -> str:
    """Return the same for Python, where a table is a dictionary."""
    example = str(each.metadata.get("example", '"…"'))
    return re.sub(r"(\w+) = ", r'"\1": ', example)


def _secret(kind: Any, each: Field[Any]) -> str:
    """Return a setting that reads a secret from where secrets are kept."""
    if each.name == "private_key":
        return '{ file = "private-key.pem" }'
    name = f"SHOP_{kind.name}_{each.name}".replace("-", "_").upper()
    return f'{{ env = "{name}" }}'


def _default(each: Field[Any]) -> str:
    """Return a field's default as TOML writes it."""
    value = each.default if each.default is not MISSING else each.default_factory()  # type: ignore[misc]
    return "…" if value is None else json.dumps(value)


def _cell(text: str) -> str:
    """Return *text* fit for a table."""
    return text.replace("|", "\\|").replace("\n", " ").rstrip(".") + "."
