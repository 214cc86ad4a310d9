"""Canaries: values that tests plant where secrets are, and look for where none may be.

Every secret, token, cookie or address that a test makes up may begin with
``canary``. None of them may come out in a log record of this process, whichever test
planted it and whoever wrote the line.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from callingcard.kit import log

CANARY = re.compile("canary", re.IGNORECASE)


@contextmanager
def watched_logs(marker: re.Pattern[str] = CANARY) -> Iterator[list[str]]:
    """Collect where every log record that shows the *marker* was written.

    The factory of records sees each one that is made, however handlers come and go
    meanwhile. What is collected is the place and not the text, which would be the leak.
    """
    found: list[str] = []
    make = logging.getLogRecordFactory()

    def looked_at(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if marker.search(record.getMessage()):
            found.append(f"{record.name} {record.pathname}:{record.lineno}")
        return record

    structlog.configure(
        processors=[log.redacting, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.setLogRecordFactory(looked_at)
    level = logging.getLogger("callingcard").level
    logging.getLogger("callingcard").setLevel(logging.DEBUG)
    try:
        yield found
    finally:
        logging.setLogRecordFactory(make)
        logging.getLogger("callingcard").setLevel(level)
