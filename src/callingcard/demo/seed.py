"""Fills the demo's desk: an agent who answers, a key for the shop, three known people."""

from dataclasses import dataclass, field, replace
from typing import Final

from callingcard.access.errors import UserNotFound
from callingcard.demo.shop.people import PEOPLE
from callingcard.desk.errors import ContactNotFound
from callingcard.desk.service.crm.contacts import Key
from callingcard.kit.actor import Role, Scope
from callingcard.server.wiring import Services

AGENT_EMAIL: Final = "sam@inkandpaper.example"
AGENT_NAME: Final = "Sam Archer"
_KEY_NAME: Final = "the demo shop"

_FACTS: Final[dict[str, dict[str, str]]] = {
    "ada": {
        "company": "Analytical Engines",
        "jobtitle": "Programmer",
        "lifecyclestage": "customer",
        "plan": "pro",
    },
    "grace": {
        "company": "Compilers & Co",
        "jobtitle": "Rear admiral",
        "lifecyclestage": "evangelist",
        "plan": "vip",
    },
    "linus": {
        "company": "Berg Bindery",
        "jobtitle": "Head of purchasing",
        "lifecyclestage": "lead",
        "hs_lead_status": "OPEN_DEAL",
    },
}


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the demo needs to know of what was made."""

    agent_id: str
    agent_password: str = field(repr=False)
    shop_key: str = field(repr=False)


async def seed(services: Services) -> Seeded:
    """Make what is not there yet, and new secrets for this run."""
    inbox = await services.inboxes.ensure_default_inbox()
    await services.inboxes.save(
        replace(inbox, title="Ink & Paper", answered_by="Sam answers within the hour")
    )
    for key, facts in _FACTS.items():
        await _know(services, key, facts)
    agent_id, password = await _agent(services)
    return Seeded(agent_id, password, await _shop_key(services))


async def _know(services: Services, key: str, facts: dict[str, str]) -> None:
    """Make the contact of one of the shop's people, unless the desk knows them."""
    person = PEOPLE[key]
    try:
        await services.contacts.get(Key(person.email, by="email"))
    except ContactNotFound:
        await services.contacts.create(
            {
                "email": person.email,
                "firstname": person.first_name,
                "lastname": person.last_name,
                **facts,
            }
        )


async def _agent(services: Services) -> tuple[str, str]:
    """Return the agent, made at the first start, with a password for this run."""
    try:
        user = await services.users.find(AGENT_EMAIL)
    except UserNotFound:
        user, password = await services.users.add(AGENT_EMAIL, AGENT_NAME, role=Role.OWNER)
    else:
        password = await services.users.set_password(user.id)
    return user.id, password or ""


async def _shop_key(services: Services) -> str:
    """Make the shop a new key and revoke the one of the last run."""
    for key in await services.keys.list():
        if key.name == _KEY_NAME and key.revoked_at is None:
            await services.keys.revoke(key.id)
    _, secret = await services.keys.create(_KEY_NAME, [Scope.DESK], style="pat")
    return secret
