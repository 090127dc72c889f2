"""The log: one line for each event, from structlog and from the standard library.

A line begins with time, level, logger and event, then the request or task that it belongs to, then
the rest. All of it goes through `telemetry.redaction`.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, cast

import structlog
from django.core.exceptions import ImproperlyConfigured

from telemetry.context import belongs_to
from telemetry.redaction import kind_of, plain, redact, said_by, scrub
from telemetry.shutdown import flush_all
from telemetry.traces import current_ids

JSON, CONSOLE = "json", "console"
FORMATS: Final = (JSON, CONSOLE)
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# A pipe takes so many bytes in one piece, however many processes write to it.
MAX_LINE_BYTES: Final = 4096
MIN_CUT_LENGTH: Final = 100  # shorter values are not cut
MAX_FRAMES, MAX_CAUSES = 20, 4
# The keys of `extra` that lines of the standard library show.
EXTRAS: Final = ("reference", "duration_ms", "outcome")

OURS: Final = ("accounts", "courses", "jobs", "profai", "quizzes", "telemetry", "webhooks")
# Libraries that log whole requests, prompts, SQL with its values, or every look into a queue.
TALKATIVE: Final = (
    "asyncio", "axes", "boto3", "botocore", "chromadb", "django-q", "httpcore", "httpx",
    "langchain", "langchain_core", "langchain_openai", "openai", "opentelemetry", "pdfminer",
    "s3transfer", "urllib3",
)  # fmt: skip
_QUIET: Final = {"django.db.backends": "INFO", "django.template": "INFO", "django.utils": "INFO"}
_ROOT = str(Path(__file__).resolve().parent.parent) + os.sep

Line = dict[str, Any]


# --- settings


def format_of(environment: Mapping[str, str]) -> str:
    """Returns LOG_FORMAT, or the default of the settings module. Raises ImproperlyConfigured."""
    module = environment.get("DJANGO_SETTINGS_MODULE", "")
    by_default = CONSOLE if module.endswith((".dev", ".test")) else JSON
    given = environment.get("LOG_FORMAT", "") or by_default
    if given not in FORMATS:
        raise ImproperlyConfigured(f"LOG_FORMAT is {given!r}; set it to {' or '.join(FORMATS)}.")
    return given


def level_of(given: str, variable: str = "LOG_LEVEL") -> str:
    """Returns the level in capitals. Raises ImproperlyConfigured if there is no such level."""
    level = given.strip().upper()
    if level not in LEVELS:
        raise ImproperlyConfigured(f"{variable}: {given!r} is none of {', '.join(LEVELS)}.")
    return level


def levels_of(given: str) -> dict[str, str]:
    """Reads LOG_LEVELS, such as `jobs=DEBUG,django=WARNING`. Raises ImproperlyConfigured."""
    levels: dict[str, str] = {}
    for part in filter(None, map(str.strip, given.split(","))):
        name, equals, level = (piece.strip() for piece in part.partition("="))
        if not (name and equals):
            raise ImproperlyConfigured(
                f"LOG_LEVELS: {part!r} has no form like jobs=DEBUG; separate several by commas."
            )
        levels[name] = level_of(level, "LOG_LEVELS")
        reveals = name.partition(".")[0] in TALKATIVE or name in {*_QUIET, "root", "django.db"}
        if levels[name] == "DEBUG" and reveals:
            raise ImproperlyConfigured(
                f"LOG_LEVELS: {name} writes texts and keys into the log at DEBUG; choose INFO."
            )
    return levels


def logging_config(*, line_format: str, level: str, levels: str = "") -> dict[str, Any]:
    """Returns Django's LOGGING. The root handler also stops libraries from adding one at import."""
    own = {name: {"level": level_of(level)} for name in (*OURS, "django")}
    # Each request has our own line already; these loggers would repeat its path.
    own |= {"django.request": {"level": "ERROR"}, "uvicorn.access": {"level": "ERROR"}}
    own |= {name: {"level": "WARNING"} for name in TALKATIVE}
    own |= {name: {"level": limit} for name, limit in _QUIET.items()}
    loggers: dict[str, dict[str, Any]] = own | {
        name: {"level": chosen} for name, chosen in levels_of(levels).items()
    }
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        # uvicorn has added handlers of its own there.
        loggers[name] = (
            {"level": "INFO"} | loggers.get(name, {}) | {"handlers": [], "propagate": True}
        )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "telemetry.logs.LineFormatter", "line_format": line_format}},
        "filters": {"rarely": {"()": "telemetry.logs.ExporterLineFilter"}},
        "handlers": {
            "console": {
                "class": "telemetry.logs.LineHandler",
                "formatter": "line",
                "filters": ["rarely"],
            }
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": loggers,
    }


# --- writing


class LineHandler(logging.Handler):
    """Writes each line in one piece, so that those of several processes do not mix."""

    # Standard error: commands print their results on standard output; see `serve`.
    descriptor = 2

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:  # noqa: BLE001 - no defect in a line may harm the code that logs it
            line = _broken_line(record, error)
        self.write(line)

    def write(self, line: str) -> None:
        left = f"{line}\n".encode("utf-8", "backslashreplace")
        # The reader of our output has gone, or the disk is full.
        with suppress(OSError):
            while left:
                left = left[os.write(self.descriptor, left) :]


class ServerHandler(LineHandler):
    """For the web server's own process, which loads no settings (telemetry/uvicorn.json)."""

    descriptor = 1


def _broken_line(record: logging.LogRecord, error: Exception) -> str:
    """Returns a line that names the logger and the place. Python's own message would show all
    arguments of the line."""
    line = {
        "timestamp": _moment(record.created),
        "level": "error",
        "logger": "telemetry.logs",
        "event": "A line could not be written",
        "of": plain(f"{record.name} {Path(record.pathname).name}:{record.lineno}"),
        "error": kind_of(error),
    }
    return json.dumps(line, ensure_ascii=False)


class ExporterLineFilter(logging.Filter):
    """Lets one line of exporters through every `pause`, while their collector is unavailable."""

    names = ("opentelemetry",)
    pause = 600.0  # seconds

    def __init__(self) -> None:
        super().__init__()
        self._said = -self.pause

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.split(".")[0] not in self.names:
            return True
        now = time.monotonic()
        if now - self._said < self.pause:
            return False
        self._said = now
        return True


def serve() -> None:
    """Logs to standard output, also warnings and uncaught errors; for long-running processes."""
    LineHandler.descriptor = 1
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("telemetry.uncaught").critical(
        "The process ends by an error", exc_info=(kind, error, trace)
    )
    flush_all()


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value
    if error is None or isinstance(error, SystemExit):
        return
    logging.getLogger("telemetry.uncaught").critical("A thread ended by an error", exc_info=error)


# --- lines


class LineFormatter(logging.Formatter):
    def __init__(self, line_format: str = "") -> None:
        super().__init__()
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=True,
        )
        chosen = line_format or format_of(os.environ)
        render = _as_json if chosen == JSON else Console(colours=os.isatty(LineHandler.descriptor))
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        return self._render(_line_of(record))


def _line_of(record: logging.LogRecord) -> Line:
    given = _given(record)
    caught = given.pop("exc_info", record.exc_info)
    line: Line = {
        "timestamp": _moment(record.created),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": redact(str(given.pop("event", ""))),
    }
    belongs = belongs_to() | current_ids()
    line |= {name: scrub(value, name) for name, value in belongs.items() if value is not None}
    line["process"] = os.getpid()
    line |= {plain(name): scrub(value, name) for name, value in given.items() if value is not None}
    if error := _error_of(caught):
        line["exception"] = list(_told(error))
    return line


def _given(record: logging.LogRecord) -> Line:
    """Returns the event and the values that the code passed to the logger."""
    if isinstance(record.msg, dict) and hasattr(record, "_logger"):  # structlog's own mark
        return dict(record.msg)
    if isinstance(record.args, tuple) and record.args:
        # The message of an exception may quote documents.
        args = (scrub(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        text = str(record.msg) % tuple(args)
    else:
        text = record.getMessage()
    if shorten := _QUOTING.get(record.name):
        text = shorten(text)
    extras = {name: getattr(record, name) for name in EXTRAS if hasattr(record, name)}
    return {"event": text} | extras


def _before_quotes(text: str) -> str:
    """Returns the text before the first quote or bracket, where asyncio shows arguments."""
    return re.split(r"[\n(<\"'`:=\[{]", text, maxsplit=1)[0].strip() or "Something"


def _place_of_warning(text: str) -> str:
    """Returns the category and the place of a warning, without its message and its line of code."""
    found = re.match(r"(?P<file>[^\n]+?):(?P<line>\d+): (?P<kind>\w+): ", text)
    return f"{found['kind']} in {_short(found['file'])}:{found['line']}" if found else "A warning"


# Loggers whose messages already contain values, which cannot be removed one by one.
_QUOTING: Final = {"asyncio": _before_quotes, "py.warnings": _place_of_warning}


def _moment(seconds: float) -> str:
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _error_of(caught: Any) -> BaseException | None:
    if caught is True:
        return sys.exc_info()[1]
    if isinstance(caught, tuple):
        return cast("BaseException | None", caught[1])
    return caught if isinstance(caught, BaseException) else None


def _told(error: BaseException | None) -> Iterator[Line]:
    """Yields the exception and its causes, the latest first."""
    seen: list[BaseException] = []
    while error is not None and error not in seen and len(seen) < MAX_CAUSES:
        seen.append(error)
        said = said_by(error)
        told: Line = {"type": plain(kind_of(error))} | ({"said": said} if said else {})
        yield told | {"frames": list(_frames(error.__traceback__))[-MAX_FRAMES:]}
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        else:
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _frames(trace: TracebackType | None) -> Iterator[Line]:
    """Yields the places in the code, without local variables and without the line's text."""
    while trace is not None:
        code = trace.tb_frame.f_code
        yield {"file": _short(code.co_filename), "line": trace.tb_lineno, "function": code.co_name}
        trace = trace.tb_next


def _short(path: str) -> str:
    return plain(path.rpartition("site-packages/")[2].removeprefix(_ROOT))


# --- the two formats


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _as_json(line: Line) -> str:
    text = _encode(line)
    while len(text.encode("utf-8", "backslashreplace")) >= MAX_LINE_BYTES:
        line = _shorter(line)
        text = _encode(line)
    return text


def _shorter(line: Line) -> Line:
    """Returns the line with a quarter fewer outer frames, or with its longest value halved."""
    told = line.get("exception", [])
    longest = max(told, key=lambda one: len(one["frames"]), default=None)
    if longest is not None and len(longest["frames"]) > 1:
        frames = longest["frames"]
        less = longest | {"frames": frames[(len(frames) + 3) // 4 :]}
        return line | {"exception": [less if one is longest else one for one in told]}
    texts = {name: str(value) for name, value in line.items() if name != "exception"}
    name = max(texts, key=lambda one: len(texts[one]))
    if len(texts[name]) < MIN_CUT_LENGTH:
        # There are many small values; the last ones matter least.
        return dict(list(line.items())[:-1])
    return line | {name: f"{texts[name][: len(texts[name]) // 2]}…"}


class Console:
    """Formats a line for people: the event, its values, then each frame on its own line."""

    colour = {"warning": "33", "error": "31", "critical": "1;31", "debug": "2"}
    belongs = ("request_id", "job_id", "step", "trace_id", "span_id", "process")

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def __call__(self, line: Line) -> str:
        level = line.pop("level")
        head = f"{line.pop('timestamp')[11:-1]} {level:8} {line.pop('logger')}: {line.pop('event')}"
        told = line.pop("exception", [])
        line.pop("span_id", None)
        ordered = sorted(line, key=self._place)
        said = {
            name: value
            if isinstance(value, str) and value and " " not in value
            else json.dumps(value)
            for name, value in line.items()
        }
        values = " ".join(f"{name}={said[name]}" for name in ordered)
        colour = self.colour.get(level, "") if self._colours else ""
        shown = f"\x1b[{colour}m{head}\x1b[0m" if colour else head
        return "\n".join([f"{shown}  {values}", *self._frames(told)])

    def _place(self, name: str) -> int:
        """Sorts the line's own values first, then the request or job, always in one order."""
        return self.belongs.index(name) if name in self.belongs else -1

    def _frames(self, told: list[Line]) -> Iterator[str]:
        for one in told:
            yield f"    {one['type']}: {one.get('said', '(its message is not logged)')}"
            for frame in one["frames"]:
                yield f"      {frame['file']}:{frame['line']} {frame['function']}"
