"""A cache in Valkey or Redis, which the processes of many hosts share.

All that is kept of a person is one hash: so it is forgotten, evicted and expired as a
whole, and no index can be lost while what it lists stays. A field ``=DETAIL`` is a value
behind its end in microseconds; ``@DETAIL`` is a lease: its end by the server's own
clock, in milliseconds, and its owner.

Invariant: every key expires.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from callingcard.backends.cache.contract import SLACK, micros, person_of
from callingcard.backends.cache.remote import Patience, Reads
from callingcard.backends.valkey import FAILED, LOST, open_client
from callingcard.kit.clock import Clock, SystemClock

_ENDLESS: Final = timedelta(days=30)
"""How long a value without an end stays; the next that is kept of the person renews it."""

_NOW: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function holder(held)
  if not held then return nil end
  local ends, owner = string.match(held, '^(%d+) (.*)$')
  if tonumber(ends) > now then return owner end
  return nil
end
local function live(ms)
  if redis.call('PTTL', KEYS[1]) < tonumber(ms) then redis.call('PEXPIRE', KEYS[1], ms) end
end
"""
_READ: Final = """
local found = {}
for i, key in ipairs(KEYS) do found[i] = redis.call('HGET', key, ARGV[i]) end
return found
"""
_LEASE: Final = f"""{_NOW}
local field, owner, ms = '@' .. ARGV[1], ARGV[2], ARGV[3]
local other = holder(redis.call('HGET', KEYS[1], field))
if other and other ~= owner then return 0 end
redis.call('HSET', KEYS[1], field, string.format('%d %s', now + ms, owner))
live(ms)
return 1
"""
_KEEP: Final = f"""{_NOW}
local detail, value, ms, wall, owner = unpack(ARGV)
if owner then
  if holder(redis.call('HGET', KEYS[1], '@' .. detail)) ~= owner then return 0 end
  redis.call('HDEL', KEYS[1], '@' .. detail)
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local ends = string.match(all[i + 1], '^(%d+)')
  local ended = ends and tonumber(ends) <= tonumber(wall)
  if string.sub(all[i], 1, 1) == '@' then ended = not holder(all[i + 1]) end
  if ended then redis.call('HDEL', KEYS[1], all[i]) end
end
redis.call('HSET', KEYS[1], '=' .. detail, value)
live(ms)
return 1
"""
_RELEASE: Final = f"""{_NOW}
local held = redis.call('HGET', KEYS[1], '@' .. ARGV[1])
if holder(held) == ARGV[2] then redis.call('HDEL', KEYS[1], '@' .. ARGV[1]) end
return 1
"""


class AsyncValkeyCache:
    """Keeps values in the server at *url*, for the tasks of one event loop.

    Its methods raise CacheUnavailable when the server gives no answer in a second.
    """

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._client: Any = open_client(url)  # its own types are partly unknown
        self._patience = Patience(lost=LOST, failed=FAILED)
        self._reads = Reads(self._read)
        self._scripts = {
            text: self._client.register_script(text)
            for text in (_READ, _LEASE, _KEEP, _RELEASE)
        }

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or has ended."""
        found = await self._reads.get(key)
        if found is None:
            return None
        end, _, value = found.partition(b":")
        return None if end and int(end) <= micros(self._clock.now()) else value

    async def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key* until *expires_at*."""
        await self._run(_KEEP, key, *self._kept(value, expires_at))

    async def forget(self, person: str) -> None:
        """Drop every key of *person*, and end the leases on them."""
        await self._patience.wait(lambda: self._client.unlink(_name(person)), insist=True)

    async def lease(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the lease on *key* for *owner*; say whether it was free, or theirs already."""
        return await self._run(_LEASE, key, owner, max(1, round(seconds * 1000))) == 1

    async def fill(
        self, key: str, value: bytes, *, owner: str, expires_at: datetime | None
    ) -> bool:
        """Keep *value* and end the lease, in one step; False when it is not *owner*'s now."""
        return await self._run(_KEEP, key, *self._kept(value, expires_at), owner) == 1

    async def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
        await self._run(_RELEASE, key, owner)

    async def close(self) -> None:
        """Let go of connections."""
        await self._reads.close()
        await self._client.aclose()

    def _kept(self, value: bytes, expires_at: datetime | None) -> tuple[bytes, int, int]:
        """Return *value* as it is kept, for how many milliseconds, and the time."""
        now = self._clock.now()
        end = b"" if expires_at is None else b"%d" % micros(expires_at)
        life = _ENDLESS if expires_at is None else max(expires_at - now, timedelta()) + SLACK
        return b"%b:%b" % (end, value), life // timedelta(milliseconds=1), micros(now)

    async def _run(self, script: str, key: str, *arguments: str | bytes | int) -> Any:
        """Run *script* on the hash of the key's person."""
        person, _, detail = key.partition(".")
        return await self._patience.wait(
            lambda: self._scripts[script](keys=[_name(person)], args=[detail, *arguments])
        )

    async def _read(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return what is kept under *keys*, ended or not."""
        names = [_name(person_of(key)) for key in keys]
        fields = [f"={key.partition('.')[2]}" for key in keys]
        if len(keys) == 1:
            found = [await self._patience.wait(lambda: self._client.hget(names[0], fields[0]))]
        else:
            read = self._scripts[_READ]
            found = await self._patience.wait(lambda: read(keys=names, args=fields))
        return {
            key: value for key, value in zip(keys, found, strict=True) if value is not None
        }


def _name(person: str) -> str:
    """Return the name of the hash of *person*."""
    return f"callingcard:person:{person}"
