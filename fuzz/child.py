"""`python -m fuzz.child TARGET SECONDS SEED FOLDER`: the process in which a target runs."""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from fuzz import corpus
from fuzz.targets import Target, find
from fuzz.watch import WARM, RunRecord, limit_memory, resident

MEMORY = 2 * 1024**3
BATCH = 50  # inputs between two looks at the clock
SHRINK = 60  # seconds to make an input that fails smaller


class Session:
    def __init__(self, target: Target, name: str, record: RunRecord) -> None:
        self._target, self._record = target, record
        self._seeds = corpus.load(name)
        self._figures = record.figures
        self._end = 0.0  # no input is tried after it, on the clock of time.monotonic
        self._failed = False

    def run(self, seconds: float, seed: int) -> None:
        """The corpus first, then new inputs until the time is over. Raises what a check raises."""
        # A batch of which nothing is tried: on a fresh machine Hypothesis first reads all our code,
        # which takes seconds and belongs to no input.
        self._explore(seed)
        for data in self._seeds:
            self._try(data)
            self._figures.replayed += 1
        self._figures.runs = 0
        start = time.monotonic()
        self._end = start + seconds
        while (passed := time.monotonic() - start) < seconds:
            self._explore(seed)
            seed += 1
            if not self._figures.warm and passed > WARM * seconds:
                self._figures.warm = resident()
            self._figures.seconds = time.monotonic() - start
            self._record.note()

    def _explore(self, seed: int) -> None:
        def attempt(data: bytes) -> None:
            # Past the end a batch, or the search for a smaller input, runs out quickly.
            if time.monotonic() < self._end:
                self._try(data)

        rules = settings(
            max_examples=BATCH,
            deadline=None,
            database=None,
            derandomize=False,
            phases=(Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        seeded(seed)(rules(given(self._target.inputs(self._seeds))(attempt)))()

    def _try(self, data: bytes) -> None:
        self._record.begin(data)
        self._figures.runs += 1
        start = time.monotonic()
        try:
            self._target.check(data)
        except BaseException:
            if not self._failed:
                self._failed, self._end = True, time.monotonic() + SHRINK
            self._record.failed(data, traceback.format_exc())
            raise
        finally:
            self._figures.slowest = max(self._figures.slowest, time.monotonic() - start)


@contextmanager
def database() -> Iterator[None]:
    """A database of its own, empty but for what migrations make."""
    from django.conf import settings as django_settings
    from django.db import connection

    from profai.environment import env
    from profai.local.embedded import start_server

    if not env.str("DATABASE_URL", default=""):
        address = env.db_url_config(start_server(django_settings.VAR_DIR / "postgres"))
        connection.settings_dict.update(address)
    connection.settings_dict["TEST"]["NAME"] = f"fuzz_{os.getpid()}"
    name = connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def main(name: str, seconds: str, seed: str, folder: str) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.test")
    django.setup()
    logging.disable(logging.CRITICAL)
    limit_memory(MEMORY)
    target = find(name)
    session = Session(target, name, RunRecord(Path(folder)))
    if not target.needs_database:
        session.run(float(seconds), int(seed))
        return 0
    with database():
        session.run(float(seconds), int(seed))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
