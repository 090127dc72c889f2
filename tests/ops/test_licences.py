"""What ProfAI runs on may be run by a school without giving away code of its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from profai.environment import BASE_DIR

LOCK = BASE_DIR / "requirements/base.txt"
PROJECT = BASE_DIR / "pyproject.toml"
CHOSEN = BASE_DIR / "docs/decisions/0001-dependencies.md"
PIN = re.compile(r"^[a-z0-9][^\\\n]*", re.MULTILINE)
# GPL and AGPL. The LGPL asks nothing of who only uses a library.
STRONG = re.compile(r"(?<!L)\bA?GPL|Affero|(?<!Lesser )General Public License", re.IGNORECASE)
# Free for looking at, not for every use.
NOT_FREE = re.compile(
    r"SSPL|BUSL|Business Source|Elastic|Commons Clause|Proprietary|-NC-|non-?commercial",
    re.IGNORECASE,
)
# Read by us, because the package says something else about itself than its licence file.
# tld may be used under the MPL, the GPL or the LGPL; we chose the MPL.
READ = {"locate": "MIT", "tld": "MPL-1.1"}


def pins() -> Iterator[Requirement]:
    """Of the lock, those that this Python on this machine needs."""
    for line in PIN.findall(LOCK.read_text(encoding="utf-8")):
        found = Requirement(line.strip())
        if found.marker is None or found.marker.evaluate():
            yield found


def stated(package: str) -> str:
    """All that a package says of its licence."""
    about = metadata(package)
    said = [
        line for name in ("License-Expression", "License") for line in about.get_all(name) or []
    ]
    classifiers = about.get_all("Classifier") or []
    return "\n".join([*said, *(line for line in classifiers if line.startswith("License ::"))])


def problem(words: str) -> str:
    if not words.strip():
        return "says nothing of its licence"
    found = STRONG.search(words) or NOT_FREE.search(words)
    return f"says {found.group()}" if found else ""


def test_no_licence_reaches_into_code_of_ours() -> None:
    names = [pin.name for pin in pins()]
    assert len(names) > 150
    found = {name: problem(READ.get(name, stated(name))) for name in names}
    assert {name: words for name, words in found.items() if words} == {}


def test_every_package_that_we_chose_is_in_the_table() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    names = {Requirement(line).name for line in project["dependencies"]}
    rows = re.findall(r"^\| ([a-z0-9.-]+) \|", CHOSEN.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(names) > 40
    assert names - set(rows) == set()


def test_every_list_of_packages_has_a_lock_that_holds_it() -> None:
    """`make lock` has to run after a change of the lists."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    lists = {"base": project["project"]["dependencies"], **project["dependency-groups"]}
    for name, wanted in lists.items():
        lock = (BASE_DIR / f"requirements/{name}.txt").read_text(encoding="utf-8")
        locked = {canonicalize_name(Requirement(line.strip()).name) for line in PIN.findall(lock)}
        missing = {canonicalize_name(Requirement(line).name) for line in wanted} - locked
        assert missing == set(), f"requirements/{name}.txt: run make lock"


def test_what_was_read_by_us_is_still_needed() -> None:
    assert [name for name in READ if not problem(stated(name))] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("GPL-3.0-or-later", "says GPL"),
        ("AGPL-3.0-only", "says AGPL"),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "says General"),
        ("License :: OSI Approved :: GNU Affero General Public License v3", "says Affero"),
        ("License :: Other/Proprietary License", "says Proprietary"),
        ("SSPL-1.0", "says SSPL"),
        ("CC-BY-NC-4.0", "says -NC-"),
        ("", "says nothing"),
        ("LGPL-3.0-only", ""),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", ""),
        ("MIT OR Apache-2.0", ""),
    ],
)
def test_licences_are_told_apart(words: str, said: str) -> None:
    assert problem(words).startswith(said)
    assert bool(problem(words)) is bool(said)
