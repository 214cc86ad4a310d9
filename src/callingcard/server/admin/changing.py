"""Turns what an operator sends into a site's settings, or says what is wrong with it.

Invariant: a secret that is kept is kept for where it went before. Who may change
settings must not be able to read a secret by having it sent to a host of their own.
"""

from typing import Any, Final

from pydantic import SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from callingcard.errors import ConfigError, Invalid
from callingcard.identity.ports import CallingPlatform
from callingcard.server.admin.bodies import JwtGiven, Keep, SiteGiven
from callingcard.server.settings.section import SectionTree
from callingcard.server.settings.sites import SiteSection
from callingcard.server.sites.building import build_platform

_KEEP: Final = {"keep": True}
_PROOFS: Final = ("jwt", "jwks", "header")


def section_of(given: SiteGiven, now: SiteSection | None) -> SiteSection:
    """Return *given* as a site's settings, with secrets kept from those there are *now*.

    Raises Invalid with the reasons by field.
    """
    wrong: dict[str, str] = {}
    tree: SectionTree = {
        "platform": given.platform,
        "origins": given.origins,
        "proof": given.proof,
        "unverified": given.unverified,
        "settings": _settings(given, now, wrong),
    }
    if given.jwt is not None:
        tree["jwt"] = _jwt(given.jwt, now, wrong)
    for name in ("jwks", "header", "landing"):
        part = getattr(given, name)
        if part is not None:
            tree[name] = part.model_dump(exclude_unset=True)
    if wrong:
        raise _invalid(wrong)
    try:
        section = SiteSection.model_validate(tree)
    except ValidationError as error:
        raise _invalid(_reasons(error)) from None
    _refuse_a_new_way_for_an_old_secret(given, section, now)
    return section


def refusal(name: str, error: ConfigError) -> Invalid:
    """Return why the site *name* cannot be built, by field."""
    part, _, reason = error.message.removeprefix(f"sites.{name}.").partition(": ")
    field = part if part in _PROOFS else "settings"
    return _invalid({field: f"{reason or error.message} {error.hint}".strip()})


def _settings(given: SiteGiven, now: SiteSection | None, wrong: dict[str, str]) -> SectionTree:
    """Return the platform's arguments, kept ones filled in."""
    there = now.settings if now is not None and now.platform == given.platform else {}
    found: SectionTree = {}
    for name, value in given.settings.items():
        if value != _KEEP:
            found[name] = value
        elif name in there:
            found[name] = _plain(there[name])
        else:
            wrong[f"settings.{name}"] = "there is none to keep; give it"
    return found


def _jwt(given: JwtGiven, now: SiteSection | None, wrong: dict[str, str]) -> SectionTree:
    """Return the ``jwt`` section, secrets of keys that are kept filled in by kid."""
    there = {key.kid: key for key in now.jwt.keys} if now is not None and now.jwt else {}
    keys: list[SectionTree] = []
    for place, key in enumerate(given.keys):
        tree = key.model_dump(exclude={"secret"}, exclude_defaults=True)
        secret: Any = key.secret
        if isinstance(secret, Keep):
            kept = there.get(key.kid)
            if kept is None or kept.secret is None:
                wrong[f"jwt.keys.{place}.secret"] = "there is none to keep; give it"
            secret = kept.secret if kept else None
        if secret is not None:
            tree["secret"] = _plain(secret)
        keys.append(tree)
    return {"keys": keys, "audience": given.audience, "issuer": given.issuer}


def _refuse_a_new_way_for_an_old_secret(
    given: SiteGiven, section: SiteSection, now: SiteSection | None
) -> None:
    """Raise Invalid for a kept secret that would be sent by other settings than before.

    Only a platform that is called is sent its secret, and which of its arguments say
    where to, it alone knows.
    """
    kept = [name for name, value in given.settings.items() if value == _KEEP]
    if not kept or now is None:
        return
    rest = {name for name in {*section.settings, *now.settings} if name not in kept}
    same = all(section.settings.get(name) == now.settings.get(name) for name in rest)
    if same or not isinstance(_built(section), CallingPlatform):
        return
    raise _invalid(
        {
            f"settings.{name}": "give it again: where it is sent to may have changed"
            for name in kept
        }
    )


def _built(section: SiteSection) -> object:
    """Return the platform of *section*; raises Invalid."""
    try:
        return build_platform(section)
    except ConfigError as error:
        raise refusal("", error) from None


def _reasons(error: ValidationError) -> dict[str, str]:
    """Return what pydantic found by field, in the words of HTTP and without values."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return {
        ".".join(to_camel(str(part)) for part in each["loc"]) or "site": each[
            "msg"
        ].removeprefix("Value error, ")
        for each in found
    }


def _plain(value: Any) -> Any:
    """Return *value* unwrapped, should it be a secret."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _invalid(wrong: dict[str, str]) -> Invalid:
    """Return the refusal with its reasons."""
    return Invalid("The site cannot be set up like this.", fields=wrong)
