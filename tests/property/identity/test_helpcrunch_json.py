"""HelpCrunch's text is what PHP would write, whatever the visitor's name is made of."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from tests.support import vendors_b
from tests.support.vouching import NOW, SECRET

from callingcard.identity.model import Visitor
from callingcard.identity.platforms.helpcrunch import HelpCrunch, php_json

LETTERS = st.characters(exclude_categories=("Cc", "Cs"))
TEXT = st.text(LETTERS, max_size=40) | st.text(
    st.sampled_from('/\\"u0é\u2028😀<'), max_size=12
)
CRUNCH = HelpCrunch(organization="shop", app_id="app1", secret=SECRET)


@given(st.dictionaries(TEXT, TEXT, max_size=4))
def test_php_writes_the_same(members: dict[str, str]):
    """Compared with an encoder that goes letter by letter."""
    assert php_json(members) == vendors_b.php_json_encode(members)


@given(st.dictionaries(TEXT, TEXT, max_size=4))
def test_the_page_reads_what_was_meant(members: dict[str, str]):
    """In the order it was written in."""
    assert list(json.loads(php_json(members)).items()) == list(members.items())


IDS = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))
    | st.sampled_from('/\\"<'),
    min_size=1,
    max_size=40,
).map(lambda text: unicodedata.normalize("NFC", text))


@given(IDS.filter(lambda text: text == text.strip() != ""), TEXT, TEXT)
def test_every_visitor_is_believed(user_id: str, first: str, last: str):
    """The page parses, PHP writes again, and the hash is the same."""
    visitor = Visitor(user_id=user_id, first_name=first, last_name=last)
    token = CRUNCH.sign(visitor, NOW)
    settings = CRUNCH.settings(visitor, token.value)
    init = {**settings, "user": json.loads(settings["user"])}
    assert vendors_b.helpcrunch(init, secret=SECRET)["user_id"] == visitor.user_id
