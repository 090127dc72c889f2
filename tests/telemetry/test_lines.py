"""What a line says, and what it can never do."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import openai
import psycopg
import pytest
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from pydantic import BaseModel
from pytest_django.fixtures import Settings

from engine.llm.errors import AnswerError, ProviderError
from profai.environment import BASE_DIR
from telemetry import logs, secret_values
from telemetry.logs import LineFormatter, LineHandler, format_of, levels_of, logging_config

FORMATS = ["json", "console"]
TRICKS = "one\ntwo\r\x1b[31mred\x1b[0m\u202egnp\u2028three\x00\ud800\u200b\x85"
MARK = "zanzibarquartz"
NOTHING: dict[str, str] = {}
# What the filters of deploy/aws/watch.yaml are tried with, where Django is not installed.
SAMPLES = (BASE_DIR / "deploy" / "checks" / "log_lines.jsonl").read_text().splitlines()
OF_ITSELF = {"timestamp", "level", "logger", "event", "process"}


class Kept(LineHandler):
    """Keeps what would be written."""

    def __init__(self, line_format: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.setFormatter(LineFormatter(line_format))

    def write(self, line: str) -> None:
        self.text.append(line)

    @property
    def line(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text[-1])
        return found


@pytest.fixture(params=FORMATS)
def either(request: pytest.FixtureRequest) -> Iterator[Kept]:
    yield from _listening(request.param)


@pytest.fixture
def kept() -> Iterator[Kept]:
    yield from _listening("json")


def _listening(line_format: str, name: str = "jobs.tried") -> Iterator[Kept]:
    handler, logger = Kept(line_format), logging.getLogger(name)
    with (
        patch.object(logger, "level", logging.DEBUG),
        # pytest would keep the lines, and cannot send half a surrogate pair from its workers.
        patch.object(logger, "callHandlers", handler.handle),
    ):
        yield handler


plain = logging.getLogger("jobs.tried")
structured = structlog.get_logger("jobs.tried")


def test_both_kinds_of_lines_are_alike(kept: Kept) -> None:
    plain.warning("%s of %s", 1, "two")
    first = kept.line
    structured.warning("1 of two")
    assert first | {"timestamp": ""} == kept.line | {"timestamp": ""}
    assert first["timestamp"].endswith("Z")
    assert (first["level"], first["logger"], first["event"]) == (
        "warning",
        "jobs.tried",
        "1 of two",
    )


def test_what_lines_belong_to_stands_in_one_order_for_people() -> None:
    with contextmanager(_listening)("console") as kept:
        for names in (("step", "job_id"), ("job_id", "step")):
            with structlog.contextvars.bound_contextvars(**{name: name for name in names}):
                structured.info("Step starts", stage="write")
    for text in kept.text:
        assert f"Step starts  stage=write job_id=job_id step=step process={os.getpid()}" in text


def test_nothing_that_is_logged_makes_a_second_line_or_colours_it(either: Kept) -> None:
    plain.warning(TRICKS)
    plain.warning("of %s", TRICKS)
    structured.warning(TRICKS, title=TRICKS, **{TRICKS: 1})
    structured.warning("x", deep={TRICKS: [TRICKS]})
    with structlog.contextvars.bound_contextvars(step=TRICKS):
        plain.warning("x")
    plain.warning("x", extra={"reference": TRICKS})
    assert len(either.text) == 6
    for text in either.text:
        assert text.isprintable(), ascii(text)


def test_frames_have_neither_words_nor_values(either: Kept) -> None:
    secret = MARK  # a local  # noqa: F841
    try:
        try:
            NOTHING[MARK]
        except KeyError as error:
            error.add_note(MARK)
            raise ValueError(f"{MARK}\n{TRICKS}") from error
    except ValueError:
        plain.exception("It broke")
    (text,) = either.text
    assert MARK not in text
    assert "ValueError" in text
    assert "KeyError" in text
    assert "test_lines.py" in text
    assert "test_frames_have_neither_words_nor_values" in text
    for line in text.splitlines()[1:]:
        assert line.startswith("    ")
        assert line.isprintable()


class Form(BaseModel):
    number: int


def _raised(work: Any) -> BaseException:
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is looked at
        return error
    raise AssertionError("nothing was raised")


def _unique() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE tried (name text PRIMARY KEY)")
        cursor.execute("INSERT INTO tried VALUES (%s), (%s)", [MARK, MARK])


QUOTING = {
    "pydantic": lambda: Form.model_validate({"number": MARK}),
    "unicode": (MARK.encode() + b"\xff").decode,
    "value": lambda: int(MARK),
    "key": lambda: NOTHING[MARK],
    "file": lambda: open(f"/nowhere/{MARK}"),  # noqa: SIM115, PTH123 - it fails
    "openai": lambda: (_ for _ in ()).throw(
        openai.BadRequestError.__new__(openai.BadRequestError, MARK)
    ),
    "psycopg": lambda: (_ for _ in ()).throw(psycopg.errors.UniqueViolation(MARK)),
    "group": lambda: (_ for _ in ()).throw(ExceptionGroup(MARK, [ValueError(MARK)])),
}


@pytest.mark.parametrize("name", QUOTING)
def test_exceptions_that_quote_are_cut_down(kept: Kept, name: str) -> None:
    error = _raised(QUOTING[name])
    plain.error("It broke: %s", error, exc_info=error)
    structured.error("It broke", error=error)
    assert MARK not in "".join(kept.text)
    assert type(error).__name__ in kept.text[0]


async def _forget_a_task() -> None:
    async def read(text: str) -> None:
        raise ValueError(text)

    task = asyncio.create_task(read(MARK))
    await asyncio.wait([task])
    del task
    gc.collect()


async def _break_a_callback() -> None:
    def read(text: str) -> None:
        raise ValueError(text)

    asyncio.get_running_loop().call_soon(read, MARK)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (_forget_a_task, "Task exception was never retrieved"),
        (_break_a_callback, "Exception in callback _break_a_callback.<locals>.read"),
    ],
)
def test_what_asyncio_says_quotes_nothing(work: Any, said: str) -> None:
    with contextmanager(_listening)("json", "asyncio") as kept:
        asyncio.run(work())
    assert kept.line["event"] == said.partition("<")[0]
    assert kept.line["exception"][0]["type"] == "ValueError"
    assert MARK not in "".join(kept.text)


@pytest.mark.parametrize("words", [MARK, f"{MARK}\na.py:1: UserWarning: {MARK}"])
def test_warnings_say_where_and_of_which_kind(words: str) -> None:
    with contextmanager(_listening)("json", "py.warnings") as kept, warnings.catch_warnings():
        warnings.simplefilter("always")
        # It may be on since some test before, and then does nothing.
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        try:
            warnings.warn(words, ResourceWarning, stacklevel=1)
        finally:
            logging.captureWarnings(capture=False)
    assert re.fullmatch(
        r"ResourceWarning in tests/telemetry/test_lines\.py:\d+", kept.line["event"]
    )
    assert MARK not in "".join(kept.text)


def test_a_warning_of_no_known_form_is_not_shown() -> None:
    with contextmanager(_listening)("json", "py.warnings") as kept:
        logging.getLogger("py.warnings").warning(MARK)
    assert kept.line["event"] == "A warning"


@pytest.mark.django_db
def test_the_database_is_heard_without_its_detail(kept: Kept) -> None:
    error = _raised(_unique)
    assert isinstance(error, DatabaseError)
    assert MARK in str(error)
    plain.error("It broke: %s", error)
    assert kept.line["event"].endswith("SQLSTATE 23505 tried tried_pkey")


def test_what_a_provider_said_is_left_out_and_our_advice_stays(kept: Kept) -> None:
    refused = ProviderError(f"Refused (400): {MARK}. Set it lower.", permanent=True, quoted=MARK)
    plain.warning("Step: %s", refused)
    assert kept.line["event"].endswith("Refused (400): […]. Set it lower.")
    plain.warning("Step: %s", AnswerError(f"Last: {MARK}", quoted=MARK))
    assert MARK not in kept.text[-1]


@pytest.mark.parametrize(
    "secret",
    [
        "profai_0a1b2c3d_" + "0f" * 32,
        "Bearer abcdefgh12345678",
        "sk-" + "a1B2c3D4e5",
        "gsk_" + "a1B2c3D4e5",
        "https://user:" + "pass-word-1@host/x",
        "https://bucket.example/x?X-Amz-Signature=deadbeef",
        "maria.lopez@school.example",
        "password=hunter22hunter",
        "sessionid=abcdefghijkl",
    ],
)
def test_known_shapes_are_hidden_wherever_they_stand(either: Kept, secret: str) -> None:
    plain.warning("See %s there", secret)
    structured.warning("x", where=f"<{secret}>")
    for text in either.text:
        assert secret not in text
        assert "[hidden]" in text or "[address]" in text


def test_what_the_settings_hold_is_hidden(kept: Kept, settings: Settings) -> None:
    settings.LLM_API_KEY = "an-unusual-key"
    settings.SECRET_KEY_FALLBACKS = ["the-key-of-before"]
    secret_values.forget_secrets()
    try:
        plain.warning("It was an-unusual-key, before the-key-of-before")
    finally:
        secret_values.forget_secrets()
    assert kept.line["event"] == "It was [hidden], before [hidden]"


def test_private_names_hide_their_values(kept: Kept) -> None:
    structured.info(
        "x", password=MARK, api_key=MARK, Cookie=MARK, email=MARK, prompt=MARK, answers=[MARK],
        content=MARK, nested={"authorization": MARK}, tokens_in=12,
    )  # fmt: skip
    assert MARK not in kept.text[-1]
    assert kept.line["tokens_in"] == 12


def test_a_line_fits_into_one_write(kept: Kept) -> None:
    def deep(left: int) -> None:
        if left:
            deep(left - 1)
        raise ValueError(MARK)

    error = _raised(lambda: deep(60))
    values = {f"value{n}": "é" * 900 for n in range(12)}
    structured.error("x" * 5000, exc_info=error, **values)
    assert len(kept.text[-1].encode()) < logs.MAX_LINE_BYTES
    assert kept.line["exception"][0]["type"] == "ValueError"
    assert kept.line["level"] == "error"


def test_a_broken_line_says_where_and_nothing_more(kept: Kept) -> None:
    plain.warning("%d", MARK)
    assert kept.line["event"] == "A line could not be written"
    assert "test_lines.py" in kept.line["of"]
    assert MARK not in kept.text[-1]


@pytest.mark.parametrize("text", SAMPLES, ids=range(len(SAMPLES)))
def test_lines_that_alarms_are_tried_with_are_written_so(text: str) -> None:
    sample = json.loads(text)
    own, handler = logging.getLogger(sample["logger"]), Kept("json")
    level, said = own.level, {name: sample[name] for name in sample.keys() - OF_ITSELF}
    own.setLevel(logging.DEBUG)
    try:
        with patch.object(own, "callHandlers", handler.handle):
            say = getattr(structlog.get_logger(sample["logger"]), sample["level"])
            say(sample["event"], **said)
    finally:
        own.setLevel(level)
    written = handler.line | {name: sample[name] for name in ("timestamp", "process")}
    assert written == sample
    assert list(written)[:4] == list(sample)[:4]


def test_levels_by_logger() -> None:
    assert levels_of(" jobs=debug, engine.llm = INFO,") == {"jobs": "DEBUG", "engine.llm": "INFO"}
    found = logging_config(line_format="json", level="INFO", levels="jobs=DEBUG")["loggers"]
    assert (found["jobs"]["level"], found["courses"]["level"]) == ("DEBUG", "INFO")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("jobs", "no form like jobs=DEBUG"),
        ("jobs=LOUD", "none of DEBUG"),
        ("=DEBUG", "no form like"),
        ("openai=DEBUG", "writes texts and keys"),
        ("django.db.backends=DEBUG", "writes texts and keys"),
    ],
)
def test_nonsense_in_levels_is_an_error(given: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        levels_of(given)


def test_the_format_follows_the_settings_unless_it_is_said() -> None:
    assert format_of({"DJANGO_SETTINGS_MODULE": "profai.settings.dev"}) == "console"
    assert format_of({"DJANGO_SETTINGS_MODULE": "profai.settings.production"}) == "json"
    assert format_of({"LOG_FORMAT": "json", "DJANGO_SETTINGS_MODULE": "x.dev"}) == "json"
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT is 'xml'"):
        format_of({"LOG_FORMAT": "xml"})
    with pytest.raises(ImproperlyConfigured, match="LOG_LEVEL: 'loud'"):
        logging_config(line_format="json", level="loud")
