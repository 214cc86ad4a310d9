"""A link with an invite leads to a page of the site and to nobody else's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.identity.errors import InvalidInvite
from callingcard.identity.service.invites import invite_link

ORIGINS = {"https://shop.example", "http://127.0.0.1:8401", "https://b.example:8443"}


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("https://shop.example", "https://shop.example?callingcard_invite=T.1-_"),
        ("https://shop.example/", "https://shop.example/?callingcard_invite=T.1-_"),
        ("https://shop.example/a?b=c", "https://shop.example/a?b=c&callingcard_invite=T.1-_"),
        ("https://shop.example/#top", "https://shop.example/?callingcard_invite=T.1-_#top"),
        (
            "https://shop.example/?callingcard_invite=old&x=",
            "https://shop.example/?x=&callingcard_invite=T.1-_",
        ),
        ("https://shop.example:443/", "https://shop.example:443/?callingcard_invite=T.1-_"),
        ("https://SHOP.example/", "https://SHOP.example/?callingcard_invite=T.1-_"),
        ("http://127.0.0.1:8401/", "http://127.0.0.1:8401/?callingcard_invite=T.1-_"),
    ],
)
def test_the_invite_is_added_to_the_page(page: str, link: str):
    """What the page's address had is kept, but for another invite."""
    assert link == invite_link(page, "T.1-_", ORIGINS)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "/a",
        "shop.example",
        "//shop.example/",
        "http://shop.example/",
        "https://shop.example:8443/",
        "https://shop.example.evil.example/",
        "https://shop.example./",
        "https://shop.example@evil.example/",
        "https://evil.example@shop.example/",
        "https://evil.example\\@shop.example/",
        "https://shop.example\\.evil.example/",
        "https://shop.example:443:443/",
        "https://shop.example:x/",
        "https://[shop.example/",
        "https:shop.example",
        "https:///shop.example",
        "javascript://shop.example/%0aalert(1)",
        "https://shop.example/\n",
        "https://shop.example/ a",
        "https://shop.exampl\u0435/",
        "https://b.example:8443x/",
        "https://shop.example/" + "a" * 2000,
    ],
)
def test_a_page_elsewhere_is_refused(page: str):
    """Also one that only looks like the site's to some readers."""
    with pytest.raises(InvalidInvite) as refused:
        invite_link(page, "T", ORIGINS)
    assert list(refused.value.fields) == ["page"]


@given(st.text(max_size=30), st.sampled_from(["https://shop.example", "https://"]))
def test_whatever_is_appended_the_link_stays_with_the_site(tail: str, head: str):
    """A link is refused, or leads to an origin on the list by the rules of browsers."""
    try:
        link = invite_link(head + tail, "T", ORIGINS)
    except InvalidInvite:
        return
    rest = link.removeprefix("https://shop.example")
    assert rest != link
    assert rest.startswith(("/", "?", ":443"))
