"""Log lines: one JSON object each, with nothing secret or personal in them.

Redaction looks at names (``token``, ``password``, ``email`` …) and at the shape of
values (keys, JWTs, addresses), so that a slip in one place is caught here.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, Literal, cast

import structlog

_SECRET_NAMES: Final = re.compile(
    r"token|secret|password|authorization|cookie|e_?mail", re.IGNORECASE
)
_SECRET_SHAPES: Final = re.compile(
    r"\b(?:cc_[a-z]{2}_|pat-[a-z0-9]+-)[\w-]{8,}"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}"
    # Only from the beginning of a word on: from each letter of a long one takes minutes.
    r"|(?<![^\s\"'<>:=,;()@])[^\s\"'<>:=,;()@]+@[^\s\"'<>:=,;()@]+\.[a-zA-Z]{2,}"
)
REDACTED: Final = "[redacted]"


def redact(text: str) -> str:
    """Take keys, tokens and addresses out of *text*.

    >>> redact("hello ada@example.com")
    'hello [redacted]'
    >>> redact("Bearer cc_sk_abcdefghijkl")
    'Bearer [redacted]'
    """
    return _SECRET_SHAPES.sub(REDACTED, text)


def redacting(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Clean every value of a log line; a structlog processor."""
    for name, value in event.items():
        event[name] = _clean(value, name)
    return event


def _clean(value: Any, name: str) -> Any:
    """Return *value* fit to be written under *name*."""
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    if _SECRET_NAMES.search(name):
        return REDACTED
    if isinstance(value, Mapping):
        tree = cast("Mapping[str, Any]", value)
        return {key: _clean(item, str(key)) for key, item in tree.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item, name) for item in cast("list[Any]", value)]
    return redact(str(value))


def configure(*, level: str, style: Literal["json", "text"]) -> None:
    """Send our lines, and those of the libraries, to standard error in one *style*."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        redacting,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_traceback_values,
                redacting,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # Libraries never say more than info: at debug, drivers write down what we ask them.
    chosen = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(max(logging.INFO, chosen))
    logging.getLogger("callingcard").setLevel(chosen)
    for noisy in ("httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _without_traceback_values(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Write an exception as its type and the lines it passed, without its message.

    Messages of exceptions that we did not raise can quote a visitor's data.
    """
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found
    if isinstance(error, tuple):
        error = cast("tuple[Any, ...]", error)[1]
    if isinstance(error, BaseException):
        event["exception"] = type(error).__name__
        event["at"] = trace_lines(error)
    return event


def trace_lines(error: BaseException) -> list[str]:
    """Return where *error* passed, as ``file:line function``, newest last."""
    lines: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return lines[-20:]
