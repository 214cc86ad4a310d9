"""A log line holds nothing secret or personal, and cannot be forged."""

import io
import json
import logging
import sys
import time

import pytest
import structlog

from callingcard.kit import log


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch):
    """Configure JSON logging into memory, and put things back afterwards."""
    sink = io.StringIO()
    monkeypatch.setattr(sys, "stderr", sink)
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    configured = structlog.get_config()
    log.configure(level="debug", style="json")
    yield sink
    root.handlers, root.level = before[0], before[1]
    structlog.configure(**configured)


def test_secrets_and_addresses_are_taken_out(written: io.StringIO):
    """Names and shapes both give a secret away."""
    structlog.get_logger("t").info(
        "hello ada@example.com",
        token="plain",
        nested={"email": "x", "note": "Bearer cc_sk_abcdefghijklmnop"},
        jwt_like="eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    )
    line = written.getvalue()
    for secret in ("ada@", "plain", "cc_sk_abc", "eyJhbGci"):
        assert secret not in line


def test_lines_of_libraries_are_cleaned_too(written: io.StringIO):
    """A library's line passes the same redaction."""
    logging.getLogger("some.library").warning("failed for %s", "ada@example.com")
    assert json.loads(written.getvalue())["event"] == "failed for [redacted]"


def test_a_line_cannot_be_forged(written: io.StringIO):
    """Line breaks in a value stay inside its line."""
    structlog.get_logger("t").info("one", value='a\r\n{"event": "forged"}\u2028\x1b[0m')
    assert len(written.getvalue().splitlines()) == 1


def test_an_exception_is_told_without_its_message(written: io.StringIO):
    """Where it broke is written; what the exception quoted is not."""
    try:
        raise ValueError("canary quoted by a library")
    except ValueError:
        structlog.get_logger("t").exception("unexpected")
    line = json.loads(written.getvalue())
    assert line["exception"] == "ValueError"
    assert "canary" not in written.getvalue()


@pytest.mark.parametrize("word", ["a", "a@", "eyJ", "pat-a-", "a.b@c.", "x@y."])
def test_a_long_word_is_looked_at_once(word: str):
    """What somebody else wrote cannot hold the server up."""
    text = word * (256 * 1024 // len(word))
    started = time.process_time()
    log.redact(text)
    assert time.process_time() - started < 5


def test_every_address_in_a_row_is_taken_out():
    """Addresses that touch each other, or stand behind another @, are found as well."""
    assert "ada@example.com" not in log.redact(
        "x@ada@example.com,<ada@example.com>;ada@example.com"
    )
