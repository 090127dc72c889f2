"""Which process of a run takes which test, and when."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Tests of these files run in one process, by the name of their group: they share a web server or a
# database with roles. The marker `xdist_group` would say it, but has no effect: pytest-xdist 3.8
# writes it into an attribute that pytest 9.2 does not read any more.
GROUPS = {"tests/streams/": "web", "tests/deploy/test_backup.py": "backup"}


@cache
def _drives_a_browser(path: str) -> bool:
    return "NewPage" in Path(path).read_text()


class Groups(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """The groups first, then test by test to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        for path, name in GROUPS.items():
            if nodeid.startswith(path):
                return name
        # A file has one browser, and each process that runs tests of it would start one.
        path = nodeid.split("::", maxsplit=1)[0]
        return path if _drives_a_browser(path) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups | None:
    return Groups(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start clusters mostly wait: evenly among the others, and none at the end."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    waiting = [item for item in items if item.get_closest_marker("cluster")]
    busy = [item for item in items if not item.get_closest_marker("cluster")]
    gap = max(1, len(busy) * 3 // 4 // (len(waiting) or 1))
    spread: list[pytest.Item] = []
    for number, item in enumerate(waiting):
        spread += [item, *busy[number * gap : (number + 1) * gap]]
    items[:] = spread + busy[len(waiting) * gap :]
