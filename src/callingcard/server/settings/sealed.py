"""Settings that name a secret of the sealed store: ``{ secret = "NAME" }``.

The store is in the database, so such a setting has no value until that is open. Until
then it is a ``SealedSecret`` without one, and asking for its value is an error: a name
is never taken for the secret that it names.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, SecretStr
from typing_extensions import override

from callingcard.errors import ConfigError, NotFound
from callingcard.functions.model.secrets import SECRET_NAME

M = TypeVar("M", bound=BaseModel)

Reveal: TypeAlias = Callable[[str], Awaitable[str]]
"""Returns the value of a secret; raises NotFound, or ConfigError when it cannot be had."""


class SealedSecret(SecretStr):
    """A secret that is in the sealed store; its *value* is None until it was revealed."""

    def __init__(self, name: str, value: str | None = None) -> None:
        super().__init__(value or "")
        self.name = name
        self._is_known = value is not None

    @override
    def get_secret_value(self) -> str:
        """Return the value; raises ConfigError for one that was not revealed."""
        if not self._is_known:
            raise ConfigError(
                f"the secret {self.name} is needed before the sealed store is open",
                hint="Give it as text, { env = … } or { file = … } here.",
            )
        return super().get_secret_value()

    @override
    def __eq__(self, other: object) -> bool:
        """Compare name and value."""
        if not isinstance(other, SealedSecret):
            return False
        return (self.name, self._is_known, self._secret_value) == (
            other.name,
            other._is_known,
            other._secret_value,
        )

    @override
    def __hash__(self) -> int:
        return hash(self.name)

    @override
    def __len__(self) -> int:
        return len(self._secret_value)

    @override
    def __repr__(self) -> str:
        return f"SealedSecret({self.name!r})"

    @override
    def __str__(self) -> str:
        return "**********"

    @property
    def is_known(self) -> bool:
        """Whether its value was revealed."""
        return self._is_known

    def written(self) -> dict[str, str]:
        """Return it as the settings name it."""
        return {"secret": self.name}


def sealed_or(value: Any) -> Any:
    """Return ``{"secret": "NAME"}`` as a SealedSecret, and anything else as it is.

    Raises ValueError for what is no secret's name.
    """
    if not isinstance(value, dict):
        return value
    tree = cast("dict[str, Any]", value)
    if list(tree) != ["secret"] or not isinstance(tree["secret"], str):
        return tree
    if not SECRET_NAME.match(tree["secret"]):
        raise ValueError('write a secret of the sealed store as { secret = "NAME" }')
    return SealedSecret(tree["secret"])


MayBeSealed: Final = BeforeValidator(sealed_or)
"""Annotates a SecretStr that may be in the sealed store."""


def sealed_in(value: Any) -> Iterator[SealedSecret]:
    """Yield every secret of the sealed store that *value* names, at any depth."""
    if isinstance(value, SealedSecret):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from sealed_in(getattr(value, name))
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from sealed_in(item)
    elif isinstance(value, (list, tuple)):
        for item in cast("list[Any]", value):
            yield from sealed_in(item)


def names_sealed(value: Any) -> bool:
    """Say whether *value* names a secret of the sealed store, at any depth."""
    return next(sealed_in(value), None) is not None


async def revealed(section: M, reveal: Reveal, *, path: str = "") -> M:
    """Return *section* with the values of the secrets that it names.

    Raises ConfigError that names the secret, and *path*, the section that needs it.
    """
    names = sorted({found.name for found in sealed_in(section)})
    if not names:
        return section
    values: dict[str, str] = {}
    for name in names:
        try:
            values[name] = await reveal(name)
        except NotFound:
            raise ConfigError(
                f"{path or 'the settings'}: there is no secret {name} in the sealed store",
                hint=f"Set it: callingcard secrets set {name}",
            ) from None
    return cast("M", _with_values(section, values))


def _with_values(value: Any, values: Mapping[str, str]) -> Any:
    """Copy *value* with every SealedSecret known."""
    if isinstance(value, SealedSecret):
        return SealedSecret(value.name, values[value.name])
    if isinstance(value, BaseModel):
        fields = {
            name: _with_values(getattr(value, name), values)
            for name in type(value).model_fields
        }
        return value.model_copy(update=fields)
    if isinstance(value, dict):
        tree = cast("dict[str, Any]", value)
        return {name: _with_values(item, values) for name, item in tree.items()}
    if isinstance(value, (list, tuple)):
        items = [_with_values(item, values) for item in cast("list[Any]", value)]
        return items if isinstance(value, list) else tuple(items)
    return value
