"""What a source mentions is known while it is being written."""

import pytest

from callingcard.functions.service.usage import mentioned


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from connectors import hubspot", {"hubspot"}),
        ("from connectors import hubspot as h, slack # both\ndef (", {"hubspot", "slack"}),
        ("from connectors import (\n  hubspot,  # one\n  slack,\n)", {"hubspot", "slack"}),
        ("    from connectors import ConnectorError, slack", {"slack"}),
        ("import connectors\nconnectors.hub", {"hub"}),
        ("from connectors import ", set()),
        ("from storage import tokens", set()),
        ("from connectors import ../../etc, a-b", set()),
    ],
)
def test_names_are_found_in_a_broken_source(source: str, names: set[str]):
    """A name is an identifier and nothing that could leave a folder."""
    assert mentioned(source, "connectors") == names
