"""The people who sign in: agents, operators, owners.

Invariant: there is always an owner who can sign in, once there was one.
Invariant: a failed sign-in looks the same, and takes as long, whoever it was for.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from callingcard.access.errors import (
    BadCredentials,
    InvalidInput,
    LastOwner,
    TooManyTries,
    UserNotFound,
)
from callingcard.access.model import Credentials, User, UserId
from callingcard.access.passwords import new_password, password_problem
from callingcard.access.ports import Passwords, Unit, Units
from callingcard.kit.actor import Role
from callingcard.kit.clock import Clock
from callingcard.kit.email import NotAnAddress, canonical_email
from callingcard.kit.pace import Pace, network_of

TRIES: Final = 10
TRIES_SPAN: Final = timedelta(minutes=5)

_MAX_NAME: Final = 100
_COUNTED: Final = 50_000
"""How many addresses and networks are counted at once."""


class Users:
    """Adds, changes and recognises the people who sign in."""

    def __init__(
        self, units: Units, passwords: Passwords, *, clock: Clock, ids: Callable[[], str]
    ) -> None:
        self._units = units
        self._passwords = passwords
        self._clock = clock
        self._ids = ids
        self._tries = Pace(TRIES, TRIES_SPAN, capacity=_COUNTED)

    async def add(
        self, email: str, name: str, *, role: Role = Role.AGENT, password: str | None = None
    ) -> tuple[User, str | None]:
        """Add a person; return them, and the password if we made one up.

        Raises InvalidInput, and EmailTaken when the address is taken.
        """
        address = _address(email)
        made = new_password() if password is None else None
        chosen = _checked(made or password or "", name=name)
        user = User(
            id=UserId(self._ids()),
            email=address,
            name=name.strip(),
            role=role,
            created_at=self._clock.now(),
        )
        stored = await self._passwords.hash(chosen)
        async with self._units.writing() as unit:
            await unit.users.add(user, password_hash=stored)
        return user, made

    async def list(self) -> Sequence[User]:
        """Return everybody, disabled people too, oldest first."""
        async with self._units.reading() as unit:
            return await unit.users.all()

    async def find(self, email: str) -> User:
        """Return the person with this address; raises UserNotFound."""
        try:
            found = await self._by_email(canonical_email(email))
        except NotAnAddress:
            found = None
        if found is None:
            raise UserNotFound("there is nobody with this address", hint="See `users list`.")
        return found.user

    async def name_of(self, user_id: str) -> str | None:
        """Return the person's name, or None when there is no such person."""
        async with self._units.reading() as unit:
            user = await unit.users.get(UserId(user_id))
        return None if user is None else user.name

    async def set_password(self, user_id: str, password: str | None = None) -> str | None:
        """Change a password and sign the person out everywhere.

        Returns the new password if we made it up.
        """
        made = new_password() if password is None else None
        stored = await self._passwords.hash(_checked(made or password or ""))
        async with self._units.writing() as unit:
            user = await _existing(unit, user_id)
            await unit.users.set_password(user.id, stored)
            await _shut_out(unit, user.id)
        return made

    async def set_role(self, user_id: str, role: Role) -> User:
        """Change what a person may do; raises LastOwner rather than leave none."""
        async with self._units.writing() as unit:
            if role is not Role.OWNER:
                await _refuse_last_owner(unit, user_id)
            user = await _existing(unit, user_id)
            await unit.users.set_role(user.id, role)
        return replace(user, role=role)

    async def disable(self, user_id: str) -> User:
        """Shut a person out at once, and end their sessions; raises LastOwner."""
        now = self._clock.now()
        async with self._units.writing() as unit:
            await _refuse_last_owner(unit, user_id)
            user = await _existing(unit, user_id)
            await unit.users.set_disabled_at(user.id, user.disabled_at or now)
            await _shut_out(unit, user.id)
        return replace(user, disabled_at=user.disabled_at or now)

    async def enable(self, user_id: str) -> User:
        """Let a disabled person sign in again, with the password they had."""
        async with self._units.writing() as unit:
            user = await _existing(unit, user_id)
            await unit.users.set_disabled_at(user.id, None)
        return replace(user, disabled_at=None)

    async def authenticate(self, email: str, password: str, *, ip: str) -> User:
        """Return who signs in; raises BadCredentials or TooManyTries.

        A try is counted before the password is looked at, so that many at once do
        not slip through, and given back when it was right.
        """
        try:
            address = canonical_email(email)
        except NotAnAddress:
            address = ""
        names = [f"ip {network_of(ip)}"] + ([f"email {address}"] if address else [])
        for name in names:
            self._count_try(name)
        found = await self._by_email(address)
        stored = None if found is None else found.password_hash
        right = await self._passwords.verify(password, stored)
        if found is None or not right or found.user.disabled_at is not None:
            raise BadCredentials("the e-mail address or the password is wrong")
        for name in names:
            self._tries.give_back(name)
        await self._renew_hash(found, password)
        return found.user

    def _count_try(self, name: str) -> None:
        wait = self._tries.wait(name, self._clock.now())
        if wait is not None:
            raise TooManyTries(
                "too many attempts to sign in",
                retry_after=wait,
                hint="Wait a little, then try again.",
            )

    async def _by_email(self, address: str) -> Credentials | None:
        async with self._units.reading() as unit:
            return await unit.users.by_email(address)

    async def _renew_hash(self, found: Credentials, password: str) -> None:
        """Hash again with today's parameters, now that we know the password."""
        stored = found.password_hash
        if stored is None or not self._passwords.outdated(stored):
            return
        renewed = await self._passwords.hash(password)
        async with self._units.writing() as unit:
            await unit.users.set_password(found.user.id, renewed, was=stored)


async def _existing(unit: Unit, user_id: str) -> User:
    user = await unit.users.get(UserId(user_id))
    if user is None:
        raise UserNotFound("there is nobody with this id", hint="See `users list`.")
    return user


async def _refuse_last_owner(unit: Unit, user_id: str) -> None:
    if list(await unit.users.lock_owners()) == [user_id]:
        raise LastOwner(
            "this is the last owner who can sign in",
            hint="Make somebody else an owner first.",
        )


async def _shut_out(unit: Unit, user_id: UserId) -> None:
    await unit.sessions.end_all_of(user_id)
    await unit.tickets.drop_all_of(user_id)


def _address(email: str) -> str:
    try:
        return canonical_email(email)
    except NotAnAddress as error:
        raise InvalidInput(
            "this is no e-mail address", fields={"email": str(error)}
        ) from error


def _checked(password: str, *, name: str = "-") -> str:
    """Return *password*; raises InvalidInput when it or the *name* cannot be used."""
    wrong: dict[str, str] = {}
    if not 1 <= len(name.strip()) <= _MAX_NAME or not name.strip().isprintable():
        wrong["name"] = f"use 1 to {_MAX_NAME} printable characters"
    if problem := password_problem(password):
        wrong["password"] = problem
    if wrong:
        raise InvalidInput("this cannot be used", fields=wrong)
    return password
