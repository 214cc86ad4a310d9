"""Keeps what was said no longer than its inbox is set to, and nothing of silent visitors."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from callingcard.desk.errors import InboxNotFound
from callingcard.desk.model.audit import SYSTEM, Deed, Who
from callingcard.desk.model.privacy import Name, RetentionRule, Subject
from callingcard.desk.model.visitors import Inbox
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock

LONGEST: Final = 3650
"""Days that a closed conversation may be kept for, when that is limited at all."""

SILENT_LIFE: Final = timedelta(days=1)
"""How long the session of a visitor who writes nothing is there, if not for longer."""

_AT_ONCE: Final = 100


class RetentionDesk:
    """Keeps the rules, and removes what they say."""

    def __init__(self, units: Units, *, clock: Clock, news: News) -> None:
        self._units = units
        self._clock = clock
        self._news = news

    async def rule(self, inbox: str) -> RetentionRule:
        """Return the rule of the inbox with this name; raises InboxNotFound."""
        async with self._units.reading() as unit:
            return await _rule(unit, await _inbox(unit, inbox))

    async def set_rule(
        self, inbox: str, *, keep_closed_days: int | None, store_silent_visitors: bool, by: Who
    ) -> RetentionRule:
        """Change the rule of an inbox; raises InboxNotFound and Invalid."""
        if keep_closed_days is not None and not 1 <= keep_closed_days <= LONGEST:
            why = f"1 to {LONGEST} days, or null to keep them for good"
            raise Invalid("This is no time to keep things.", fields={"keepClosedDays": why})
        async with self._units.writing() as unit:
            rule = replace(
                await _rule(unit, await _inbox(unit, inbox)),
                keep_closed_days=keep_closed_days,
                store_silent_visitors=store_silent_visitors,
            )
            await unit.retention.save(rule)
            detail = {
                "keep_closed_days": keep_closed_days or 0,
                "store_silent_visitors": store_silent_visitors,
            }
            now = self._clock.now()
            await unit.audit.append(
                Deed(by, "settings.changed", "inbox", rule.inbox_id, now, detail)
            )
        return rule

    async def sweep(self) -> int:
        """Remove what was kept for long enough, in small transactions; return the rows."""
        async with self._units.reading() as unit:
            rules = await unit.retention.rules()
        now, rows = self._clock.now(), 0
        for rule in rules:
            if rule.keep_closed_days is not None:
                before = now - timedelta(days=rule.keep_closed_days)
                while removed := await self._remove_closed(rule, before):
                    rows += removed
            if not rule.store_silent_visitors:
                while removed := await self._remove_silent(rule, now - SILENT_LIFE):
                    rows += removed
        return rows

    async def _remove_closed(self, rule: RetentionRule, before: datetime) -> int:
        async with self._units.writing() as unit:
            old = await unit.retention.outlived(rule.inbox_id, before, _AT_ONCE)
            if not old:
                return 0
            rows = await _forget(unit, Name.CONVERSATION, old)
            now = self._clock.now()
            for one in old:  # so that no agent goes on seeing it
                await unit.log.tell(one, now)
            detail = {"conversations": len(old), "rows": rows}
            await unit.audit.append(
                Deed(SYSTEM, "retention.removed", "inbox", rule.inbox_id, now, detail)
            )
        for one in old:
            self._news.notify(f"conversation:{one}")
        self._news.notify("feed")
        return rows

    async def _remove_silent(self, rule: RetentionRule, before: datetime) -> int:
        async with self._units.writing() as unit:
            silent = await unit.retention.silent(rule.inbox_id, before, _AT_ONCE)
            rows = await _forget(unit, Name.SESSION, silent)
        for one in silent:
            self._news.notify(f"session:{one}")
        return rows


async def _forget(unit: Unit, name: Name, ids: Sequence[str]) -> int:
    counts = await unit.forgetting.forget(Subject().with_(name, *ids))
    return sum(counts.values())


async def _inbox(unit: Unit, name: str) -> Inbox:
    found = await unit.inboxes.named(name)
    if found is None:
        raise InboxNotFound("There is no inbox with this name.")
    return found


async def _rule(unit: Unit, inbox: Inbox) -> RetentionRule:
    rules = await unit.retention.rules()
    return next((one for one in rules if one.inbox_id == inbox.id), RetentionRule(inbox.id))
