"""Checks the parts that ProfAI needs, each in its own thread and for a limited time.

A part that does not answer counts as failed after its limit, and is not checked again before its
thread has ended. Results are kept for FRESH seconds, so that frequent requests do not
check the parts more often.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import connections

from telemetry.secret_values import without_secrets

logger = logging.getLogger("profai.health")

FRESH = 1.0  # seconds


class Status(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


class PartMissingError(Exception):
    """The part does not work; the message is for staff and may name hosts."""


@dataclass(frozen=True, slots=True)
class Part:
    """`check` returns a message for staff or raises. Pages need every `critical` part."""

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


class HealthChecker:
    """Checks parts, and remembers their results and which checks still run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, _Check] = {}
        self._known: dict[str, Finding] = {}

    def check(self, parts: Sequence[Part]) -> list[Finding]:
        """Checks all parts at the same time, each within its limit."""
        return [
            found if isinstance(found, Finding) else self._await(found)
            for found in [self._begin(part) for part in parts]
        ]

    def _begin(self, part: Part) -> Finding | _Check:
        with self._lock:
            known = self._known.get(part.name)
            if known and known.part is part and time.monotonic() - known.at < FRESH:
                return known
            running = self._running.get(part.name)
            if running is None or running.part is not part or not running.is_alive():
                running = self._running[part.name] = _Check(part)
                running.start()
            return running

    def _await(self, running: _Check) -> Finding:
        part = running.part
        running.join(max(running.started + part.limit - time.monotonic(), 0))
        finding = running.finding
        if finding is None:
            taken = time.monotonic() - running.started
            finding = Finding(part, f"No answer within {part.limit:g} s.", taken, works=False)
        if not finding.works:
            logger.warning("Not ready: the %s does not answer: %s", part.name, finding.words)
        with self._lock:
            self._known[part.name] = finding
        return finding


class _Check(threading.Thread):
    def __init__(self, part: Part) -> None:
        super().__init__(name=f"health-{part.name}", daemon=True)
        self.part, self.started = part, time.monotonic()
        self.finding: Finding | None = None

    def run(self) -> None:
        works, words = True, ""
        try:
            words = self.part.check()
        except Exception as error:  # noqa: BLE001 - with any error the part does not work
            said = without_secrets(f"{type(error).__name__}: {error}")
            works, words = False, " ".join(said.split())
        finally:
            connections.close_all()
        self.finding = Finding(self.part, words, time.monotonic() - self.started, works)


def overall(findings: Sequence[Finding]) -> Status:
    missing = [finding.part.critical for finding in findings if not finding.works]
    if not missing:
        return Status.OK
    return Status.DOWN if any(missing) else Status.DEGRADED
