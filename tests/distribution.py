"""Which process of a run takes which test, and when."""

from __future__ import annotations

import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Tests of these files run in one process, by the name of their group: they share a web server, a
# database with roles, or a browser. The marker `xdist_group` would say it, but has no effect:
# pytest-xdist 3.8 writes it into an attribute that pytest 9.2 does not read any more.
GROUPS = {
    "tests/streams/": "web",
    "tests/deploy/test_backup.py": "backup",
    "tests/accounts/test_token_browser.py": "browser",
    "tests/pages/test_browser.py": "browser",
    "tests/protection/test_policy_in_browser.py": "browser",
    "tests/security/test_stored_xss.py": "browser",
}


class Groups(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """The groups first, then test by test to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return next((name for path, name in GROUPS.items() if nodeid.startswith(path)), nodeid)


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
