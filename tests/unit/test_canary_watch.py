"""The watch over the log of a whole test run sees what it is there to see."""

import logging
import re

import structlog
from tests.support.canaries import watched_logs

FINCH = re.compile("finch")


def test_a_planted_value_is_seen_whoever_writes_it():
    """Our own lines are looked at after redaction, those of libraries as they are."""
    with watched_logs(FINCH) as found:
        logging.getLogger("library").warning("hello %s", "finch-1")
        structlog.get_logger("callingcard.test").info("event", note="finch-2")
        structlog.get_logger("callingcard.test").info("event", token="finch-3")
        logging.getLogger("library").warning("hello %s", "sparrow")
    places = [place.split()[0] for place in found]
    assert places == ["library", "callingcard.test"]


def test_what_comes_after_is_not_watched():
    """The watch ends with its block."""
    with watched_logs(FINCH) as found:
        pass
    logging.getLogger("library").warning("finch-4")
    assert found == []
