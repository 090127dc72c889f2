"""The parts that ProfAI needs, each asked in a thread of its own and for a limited time.

A part that hangs delays nobody: its thread is left alone, the answer is that it hangs, and it is
not asked again before that thread has ended. Answers are good for a moment, so that whoever asks
often asks the parts no more than that.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import connections

logger = logging.getLogger("profai.health")

FRESH = 1.0  # seconds


class Status(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


class PartMissingError(Exception):
    """The words are for staff; they may name hosts."""


@dataclass(frozen=True, slots=True)
class Part:
    """`check` gives words for staff or raises. Without a `critical` part no page is served."""

    name: str
    check: Callable[[], str]
    limit: float  # seconds
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    part: Part
    words: str
    seconds: float
    works: bool = True
    at: float = field(default_factory=time.monotonic)

    @property
    def status(self) -> Status:
        return Status.OK if self.works else Status.DOWN


class Examiner:
    """Asks parts, and remembers what they said and who has not answered yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, _Question] = {}
        self._known: dict[str, Finding] = {}

    def examine(self, parts: Sequence[Part]) -> list[Finding]:
        """All at once; takes no longer than the longest limit."""
        return [
            found if isinstance(found, Finding) else self._await(found)
            for found in [self._begin(part) for part in parts]
        ]

    def _begin(self, part: Part) -> Finding | _Question:
        with self._lock:
            known = self._known.get(part.name)
            if known and known.part is part and time.monotonic() - known.at < FRESH:
                return known
            question = self._running.get(part.name)
            if question is None or question.part is not part or not question.is_alive():
                question = self._running[part.name] = _Question(part)
                question.start()
            return question

    def _await(self, question: _Question) -> Finding:
        part = question.part
        question.join(max(question.started + part.limit - time.monotonic(), 0))
        finding = question.finding
        if finding is None:
            taken = time.monotonic() - question.started
            finding = Finding(part, f"No answer within {part.limit:g} s.", taken, works=False)
        if not finding.works:
            logger.warning("Not ready: the %s does not answer: %s", part.name, finding.words)
        with self._lock:
            self._known[part.name] = finding
        return finding


class _Question(threading.Thread):
    def __init__(self, part: Part) -> None:
        super().__init__(name=f"health-{part.name}", daemon=True)
        self.part, self.started = part, time.monotonic()
        self.finding: Finding | None = None

    def run(self) -> None:
        works, words = True, ""
        try:
            words = self.part.check()
        except Exception as error:  # noqa: BLE001 - whatever is wrong, the part is not there
            works, words = False, " ".join(f"{type(error).__name__}: {error}".split())
        finally:
            connections.close_all()
        self.finding = Finding(self.part, words, time.monotonic() - self.started, works)


def overall(findings: Sequence[Finding]) -> Status:
    missing = [finding.part.critical for finding in findings if not finding.works]
    if not missing:
        return Status.OK
    return Status.DOWN if any(missing) else Status.DEGRADED
