"""Asks whether a locked package has a known vulnerability, with pip-audit. `make audit` runs it.

python -m deploy.checks.audit [--osv-url URL] [--exceptions FILE] [LOCK ...]

A service counts as reached only if it knows the vulnerability of a version that has one: a mirror
of the index may know the packages and nothing of their vulnerabilities, and pip-audit takes that
for good news.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy.checks.tools import ROOT, run

LOCKS = (ROOT / "requirements/base.txt", ROOT / "requirements/dev.txt")
EXCEPTIONS = ROOT / "requirements/audit-exceptions.toml"
# The first that answers is asked.
SERVICES = {"the package index": ("-s", "pypi"), "OSV": ("-s", "osv")}
# Its vulnerabilities have been public since 2018.
KNOWN = "requests==2.19.0"
# What pip-audit ends with: nothing found, and something found or no service reached.
ENDED = {0, 1}
NOT_REACHED = "Not audited: no service that knows vulnerabilities can be reached from here."


class AuditError(Exception):
    """There should be a result and is none: nobody should take that for a good one."""


@dataclass(frozen=True, slots=True)
class Hole:
    package: str
    version: str
    names: frozenset[str]
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        remedy = f"fixed in {', '.join(self.fixed)}" if self.fixed else "no release mends it"
        return f"{self.package} {self.version}: {', '.join(sorted(self.names))}; {remedy}"


@dataclass(frozen=True, slots=True)
class Exemption:
    id: str
    package: str
    reason: str
    until: date

    def covers(self, hole: Hole) -> bool:
        return self.package == hole.package and self.id in hole.names


@dataclass(frozen=True, slots=True)
class Answer:
    holes: set[Hole]
    asked: set[str]
    unknown: set[str]


def exemptions(path: Path) -> list[Exemption]:
    """Those of the file; one that lacks a line is an error."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("exception", [])
    found = [Exemption(**row) for row in rows]
    for one in found:
        if not one.reason.strip() or type(one.until) is not date:
            raise ValueError(f"{path.name}: {one.id} needs a reason and a date without quotes.")
    return found


def ask(service: tuple[str, ...], lock: Path) -> Answer | str:
    """What a service says of a lock's packages, or why pip-audit came to no result."""
    command = ["-f", "json", "--progress-spinner", "off", "--no-deps", "--disable-pip"]
    done = run("pip-audit", *service, *command, "-r", lock)
    if done.returncode not in ENDED:
        raise AuditError(f"pip-audit could not be run: {done.stderr}")
    if not done.stdout.startswith("{"):
        return done.stderr.strip().rpartition("\n")[2]
    return _read(json.loads(done.stdout))


def _read(result: dict[str, Any]) -> Answer:
    rows = result["dependencies"]
    asked = [row for row in rows if "skip_reason" not in row]
    holes = {
        Hole(
            row["name"],
            row["version"],
            frozenset({hole["id"], *hole.get("aliases", [])}),
            tuple(hole["fix_versions"]),
        )
        for row in asked
        for hole in row["vulns"]
    }
    unknown = {row["name"] for row in rows if "skip_reason" in row}
    return Answer(holes, {row["name"] for row in asked}, unknown)


def answers(service: tuple[str, ...]) -> bool:
    """Whether the service can be reached and knows what everybody knows."""
    with TemporaryDirectory() as folder:
        lock = Path(folder) / "known.txt"
        lock.write_text(f"{KNOWN}\n", encoding="utf-8")
        answer = ask(service, lock)
    return not isinstance(answer, str) and bool(answer.holes)


def audit(services: Mapping[str, tuple[str, ...]], locks: list[Path]) -> tuple[str, Answer] | None:
    """The first answer there is, and whose it is; None if no service can be reached."""
    for name, service in services.items():
        if answers(service):
            return name, _of_all(service, locks)
    return None


def _of_all(service: tuple[str, ...], locks: list[Path]) -> Answer:
    """One lock after another: pip-audit takes a package that is in two of them for a mistake."""
    total = Answer(set(), set(), set())
    for lock in locks:
        answer = ask(service, lock)
        if isinstance(answer, str):
            raise AuditError(f"The audit of {lock.name} came to no end: {answer}")
        total = Answer(
            total.holes | answer.holes, total.asked | answer.asked, total.unknown | answer.unknown
        )
    return total


def report(answer: Answer, allowed: list[Exemption], today: date) -> tuple[list[str], bool]:
    """Lines to print, and whether all is well."""
    valid = [one for one in allowed if one.until >= today]
    open_holes = [hole for hole in answer.holes if not any(one.covers(hole) for one in valid)]
    lines = sorted(str(hole) for hole in open_holes)
    for one in allowed:
        if one not in valid:
            lines.append(f"The exception for {one.id} ended on {one.until}: look again.")
        elif not any(one.covers(hole) for hole in answer.holes):
            lines.append(f"The exception for {one.id} is needed no more: take it out.")
    if answer.unknown:
        lines.append(f"Nothing is known of {', '.join(sorted(answer.unknown))}.")
    return lines, not open_holes


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="deploy.checks.audit")
    parser.add_argument("--osv-url", help="a mirror of OSV, asked instead of all others")
    parser.add_argument("--exceptions", type=Path, default=EXCEPTIONS)
    parser.add_argument("locks", nargs="*", type=Path)
    given = parser.parse_args(arguments)
    mirror = {"the mirror of OSV": ("-s", "osv", "--osv-url", given.osv_url)}
    allowed = exemptions(given.exceptions)
    found = audit(mirror if given.osv_url else SERVICES, given.locks or list(LOCKS))
    if found is None:
        sys.stdout.write(f"{NOT_REACHED}\n")
        return 0
    name, answer = found
    lines, well = report(answer, allowed, datetime.now(UTC).date())
    count = len(answer.holes)
    lines.append(f"Asked {name} of {len(answer.asked)} packages. Known vulnerabilities: {count}.")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
