from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.old import Old


@pytest.fixture
def old(tmp_path: Path) -> Old:
    folder = tmp_path / "old"
    folder.mkdir()
    return Old(folder)
