"""What a function asks for is found in its text, and installing needs an agreement."""

import pytest
from tests.support.deploying import Shelf

from callingcard.functions.service.deploying.functions import FunctionDesk
from callingcard.functions.service.deploying.refusals import ConsentMissing, SourceRefused
from callingcard.functions.service.deploying.uses import operations_used
from callingcard.functions.service.templates import TemplateDesk
from callingcard.functions.templates.gallery import Gallery


class NoDesk(FunctionDesk):
    """A desk that nothing may be asked of."""

    def __init__(self) -> None:
        """Have nothing."""


def desk() -> TemplateDesk:
    """Return a desk that can only look."""
    return TemplateDesk(Gallery(), NoDesk(), Shelf())


def test_operations_are_found_under_every_name():
    """Renamed, in functions, through the module, and of others that only look alike not."""
    source = (
        "from connectors import hubspot as h, discord\n"
        "import connectors\n"
        "def main(other):\n"
        "    h.create_token(email='x'); discord.send(text='y'); h.get('/x')\n"
        "    connectors.teams.post_card(); other.create_contact()\n"
    )
    assert operations_used(source) == {
        "discord": ("send",),
        "hubspot": ("create_token", "get"),
        "teams": ("post_card",),
    }


@pytest.mark.parametrize(
    "body",
    [
        "h.read(); getattr(h, 'delete')()",
        "h.read(); (lambda c: c.delete())(h)",
        "h.read(); g = h",
        "h.read(); h.__getattr__('delete')",
        "h.read(); c.hubspot.read(); x = c; x.hubspot.delete()",
        "h.read(); (lambda c: c.delete())(c.hubspot)",
        "h.read(); globals()['h'].delete()",
        "h.read(); import sys; sys.modules['connectors'].hubspot.delete()",
        "h.read(); import importlib; importlib.import_module('connectors').hubspot.delete()",
        "h.read(); exec('h.delete()')",
        "h.read(); from connectors import *; hubspot.delete()",
    ],
)
def test_a_connector_that_is_used_in_hidden_ways_is_not_told_as_a_few_operations(body: str):
    """Where the text does not tell, a person is asked for all of it."""
    source = f"from connectors import hubspot as h\nimport connectors as c\n{body}\n"
    assert "hubspot" not in operations_used(source)


def test_operations_are_found_through_a_renamed_module():
    """Such a name hides nothing."""
    source = "import connectors as c\nimport connectors.teams as t\nc.shop.read(); t.post()"
    assert operations_used(source) == {"shop": ("read",), "teams": ("post",)}


async def test_nothing_is_installed_without_consent():
    """Not even looked at."""
    with pytest.raises(ConsentMissing):
        await desk().install("def main(): ...", as_="a", by="x", consent=False)


@pytest.mark.parametrize(
    "source", ["def (", "x = " + "(" * 5000, "# /// script\n# x\n# ///\n"]
)
async def test_what_cannot_be_read_is_refused(source: str):
    """With a finding, never with a crash."""
    with pytest.raises(SourceRefused):
        await desk().asks(source)


async def test_every_template_of_ours_can_be_read():
    """Each has a title and says what it asks for."""
    templates = desk()
    for template in templates.list():
        assert template.title
        assert template.description
        await templates.asks(template.source)
