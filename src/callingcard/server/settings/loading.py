"""Reads the settings from where they stand, and says where each one came from.

The file, the environment and the flags are read one by one, so that ``config show``
can name the origin of every value and a wrong name is told with the nearest right one.
"""

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from callingcard.errors import ConfigError
from callingcard.server.settings.model import ENV_PREFIX, Settings, environment
from callingcard.server.settings.sealed import SealedSecret
from callingcard.server.settings.section import SectionTree, section_of, sounds_secret
from callingcard.server.settings.sites import SiteSection

DEFAULT_FILE = Path("callingcard.toml")
_OTHERS = frozenset({"CALLINGCARD_CONFIG", "CALLINGCARD_REQUIRE_ALL"})
_REFERENCES = frozenset({"env", "file"})
_BEFORE_THE_STORE = frozenset({"database.url", "cache.url", "server.secret_keys"})
"""What is needed to open the sealed store, and so cannot be in it."""

_SITE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")


class _FromEnvironment(BaseSettings, Settings):  # pyright: ignore[reportIncompatibleVariableOverride]
    """The same settings, for pydantic-settings to read out of the environment."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_nested_delimiter="__")


@dataclass(frozen=True, slots=True)
class Configuration:
    """Checked settings, and the sources that they were made of, weakest first.

    A site that cannot be used is not among the settings; *problems* says why, by name.
    """

    settings: Settings
    sources: Mapping[str, Mapping[str, Any]]
    problems: Mapping[str, ConfigError] = field(default_factory=dict[str, ConfigError])

    def origin(self, path: str) -> str:
        """Say where the value at the dotted *path* came from."""
        for name, tree in reversed(list(self.sources.items())):
            if any(found == path or found.startswith(f"{path}.") for found, _ in leaves(tree)):
                return name
        return "default"


def load(file: Path | None = None, *, flags: Mapping[str, Any] | None = None) -> Configuration:
    """Read and check the settings; raises ConfigError with what to mend.

    *file* is ``callingcard.toml`` in the working directory when not given, and may
    then be absent. *flags* are nested values from the command line.
    """
    found = read(file, flags=flags)
    for problem in found.problems.values():
        raise problem
    return found


def read(file: Path | None = None, *, flags: Mapping[str, Any] | None = None) -> Configuration:
    """Do what ``load`` does, but let one wrong site be no reason to do without the others.

    A running server reads its settings again with this.
    """
    problems: dict[str, ConfigError] = {}
    sources = {
        str(file or DEFAULT_FILE): _resolved_by_site(_read_toml(file), problems),
        "environment": _read_environment(),
        "flag": dict(flags or {}),
    }
    merged: SectionTree = {}
    for tree in sources.values():
        merged = _merge(merged, tree)
    sites = merged.pop("sites", {})
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        raise explained(error, Settings, "") from None
    if not isinstance(sites, dict):
        raise ConfigError("sites must be sections", hint="Write [sites.NAME].")
    good = _checked_sites(cast("SectionTree", sites), problems)
    settings = settings.model_copy(update={"sites": good})
    return Configuration(settings, sources, problems)


def _resolved_by_site(tree: SectionTree, problems: dict[str, ConfigError]) -> SectionTree:
    """Replace references, noting for each site apart what cannot be had."""
    rest: SectionTree = _resolved({k: v for k, v in tree.items() if k != "sites"}, "")
    sites = tree.get("sites")
    if not isinstance(sites, dict):
        return rest if sites is None else {**rest, "sites": sites}
    kept: SectionTree = {}
    for name, section in cast("SectionTree", sites).items():
        try:
            kept[name] = _resolved(section, f"sites.{name}")
        except ConfigError as error:
            problems[name] = error
    return {**rest, "sites": kept}


def _checked_sites(
    sites: SectionTree, problems: dict[str, ConfigError]
) -> dict[str, SiteSection]:
    """Check each site apart."""
    good: dict[str, SiteSection] = {}
    for name, section in sites.items():
        if name in problems:
            continue
        try:
            check_site_name(name)
            good[name] = SiteSection.model_validate(section)
        except ConfigError as error:
            problems[name] = error
        except ValidationError as error:
            problems[name] = explained(error, SiteSection, f"sites.{name}")
    return good


def check_site_name(name: str) -> None:
    """Raise ConfigError for a name that could not stand in a path or a metric."""
    if not _SITE_NAME.match(name):
        raise ConfigError(
            f"sites.{name[:64]!r}: a site cannot be called that",
            hint="Use 1 to 64 letters, digits, - and _.",
        )


def leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted path and the value of everything in *tree*.

    >>> list(leaves({"server": {"port": 1}}))
    [('server.port', 1)]
    """
    for name, value in tree.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, Mapping) and value:
            yield from leaves(cast("Mapping[str, Any]", value), path)
        else:
            yield path, value


def shown(settings: Settings) -> dict[str, Any]:
    """Return every setting as plain values, secrets as ``***``."""
    tree: SectionTree = _redacted(settings.model_dump(mode="python", exclude={"sites"}))
    sites = {name: shown_site(section) for name, section in settings.sites.items()}
    return {**tree, "sites": sites}


def shown_site(section: SiteSection) -> SectionTree:
    """Return a site's settings as they are written in the file, secrets as ``***``."""
    tree: SectionTree = _redacted(section.model_dump(mode="python"))
    if section.platform not in SiteSection.model_fields:
        tree[section.platform] = tree.pop("settings")
    return {name: value for name, value in tree.items() if value is not None}


def known_names(model: type[BaseModel]) -> list[str]:
    """Return the names of a section's settings."""
    return list(model.model_fields)


def _read_toml(file: Path | None) -> SectionTree:
    """Read the file; a named one must be there."""
    path = file or DEFAULT_FILE
    if not path.exists():
        if file is None:
            return {}
        raise ConfigError(f"there is no file {path}", hint="Give --config a file that exists.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def _read_environment() -> SectionTree:
    """Read our variables, refusing names that would be silently ignored."""
    _read_file_twins()  # raises before anything else for a file that is not there
    known = set(Settings.model_fields)
    for name in environment():
        if not name.startswith(ENV_PREFIX) or name in _OTHERS or "_TEST_" in name:
            continue
        section = name.removeprefix(ENV_PREFIX).partition("__")[0].lower()
        if section not in known and section.removesuffix("_file") not in known:
            raise ConfigError(
                f"the environment sets {name}, which is no setting",
                hint=nearest(section, known),
            )
    try:
        found = EnvSettingsSource(_FromEnvironment)()
    except SettingsError as error:
        raise ConfigError(f"the environment: {error}") from None
    without_twins = {
        path: value for path, value in leaves(found) if not path.endswith("_file")
    }
    return _merge(_nested(without_twins), _read_file_twins())


def _read_file_twins() -> SectionTree:
    """Read ``CALLINGCARD_A__B_FILE`` variables: the value is in the named file."""
    found: dict[str, Any] = {}
    for name, value in environment().items():
        if name.startswith(ENV_PREFIX) and name.endswith("_FILE") and name not in _OTHERS:
            path = (
                name.removeprefix(ENV_PREFIX).removesuffix("_FILE").lower().replace("__", ".")
            )
            found[path] = _read_secret_file(value, name)
    return _nested(found)


def _read_secret_file(path: str, whose: str) -> str:
    """Return the text of a secret's file, without the newline at its end."""
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{whose}: the file cannot be read ({type(error).__name__})",
            hint="Check the path and its permissions.",
        ) from None


def _resolved(value: Any, path: str) -> Any:
    """Replace ``{ env = … }`` and ``{ file = … }`` by what they name."""
    if isinstance(value, list):
        return [_resolved(item, path) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    tree = cast("SectionTree", value)
    if path in _BEFORE_THE_STORE and "secret" in tree:
        raise ConfigError(
            f"{path} cannot be a secret of the sealed store, which is opened with it",
            hint="Use { env = … } or { file = … } here.",
        )
    if len(tree) == 1 and isinstance(next(iter(tree.values())), str):
        kind, name = next(iter(tree.items()))
        if kind in _REFERENCES:
            return _referred(kind, name, path)
    return {
        name: _resolved(item, f"{path}.{name}" if path else name)
        for name, item in tree.items()
    }


def _referred(kind: str, name: str, path: str) -> str:
    """Return the value that a reference names."""
    if kind == "file":
        return _read_secret_file(name, path)
    if name not in environment():
        raise ConfigError(
            f"{path} is read from the environment variable {name}, which is not set",
            hint=f"Set {name}, or change {path} in the settings.",
        )
    return environment()[name]


def _merge(weak: Mapping[str, Any], strong: Mapping[str, Any]) -> SectionTree:
    """Lay *strong* over *weak*, section by section."""
    merged = dict(weak)
    for name, value in strong.items():
        below = merged.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[name] = _merge(
                cast("Mapping[str, Any]", below), cast("Mapping[str, Any]", value)
            )
        else:
            merged[name] = value
    return merged


def _nested(flat: Mapping[str, Any]) -> SectionTree:
    """Turn dotted paths back into sections."""
    tree: SectionTree = {}
    for path, value in flat.items():
        *sections, name = path.split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return tree


def explained(error: ValidationError, model: type[BaseModel], prefix: str) -> ConfigError:
    """Say in words what is wrong, naming the setting and never its value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    path = ".".join(part for part in (prefix, *map(str, first["loc"])) if part)
    if first["type"] == "extra_forbidden":
        return ConfigError(f"{path} is no setting", hint=_nearest_path(model, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return ConfigError(f"{path}: {message}", hint="See `callingcard config example`.")


def _nearest_path(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """Name the nearest setting in the section where the unknown one stands."""
    for part in location[:-1]:
        known = model.model_fields.get(str(part))
        inner = section_of(known) if known else None
        model = inner or model
    return nearest(str(location[-1]), known_names(model))


def nearest(name: str, known: Collection[str]) -> str:
    """Suggest the known name that looks most like *name*."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known here: {', '.join(sorted(known))}."


def _redacted(value: Any, name: str = "") -> Any:
    """Copy *value* with everything secret as three stars."""
    if isinstance(value, SealedSecret):
        return f'{{ secret = "{value.name}" }}'
    if isinstance(value, SecretStr):
        plain = value.get_secret_value()
        return "***" if "@" in plain or name != "url" else plain
    if isinstance(value, Mapping):
        tree = cast("Mapping[str, Any]", value)
        return {key: _redacted(item, str(key)) for key, item in tree.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted(item, name) for item in cast("list[Any]", value)]
    if isinstance(value, Path):
        return str(value)
    return "***" if isinstance(value, str) and value and sounds_secret(name) else value
