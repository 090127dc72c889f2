"""Keeps the result of the last check of the language model, without loading a client."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "last-check.json"


@dataclass(frozen=True, slots=True)
class Finding:
    """The check of one model; `detail` says in words what was found."""

    what: str
    works: bool
    detail: str
    mode: str = ""
    tokens_a_second: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """`sentence` says that all is ready and what it costs, or what to change."""

    is_ready: bool
    sentence: str
    findings: tuple[Finding, ...] = ()
    at: str = ""


def keep_report(report: Report, folder: Path) -> None:
    # A disk that takes no more is no reason to hide what was found.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(asdict(report)))


def last_report(folder: Path) -> Report | None:
    """Returns the report of the last check on this machine; None if there is none."""
    try:
        values = json.loads((folder / FILE).read_text())
        findings = tuple(Finding(**one) for one in values.pop("findings"))
        return Report(**values, findings=findings)
    except (OSError, ValueError, KeyError, TypeError):
        return None
