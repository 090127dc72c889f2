"""One module a target; each knows its inputs and what must hold for every one of them."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from hypothesis.strategies import SearchStrategy

# Where more of them may lie, such as those that try the fuzzer itself.
__path__ += filter(None, os.environ.get("FUZZ_TARGETS", "").split(os.pathsep))

NAMES = ("answers", "documents", "exports", "markdown", "old_json", "pdf", "zips")


@dataclass(frozen=True, slots=True)
class Target:
    """`check` raises for an input that is not handled as it should be."""

    check: Callable[[bytes], None]
    inputs: Callable[[Sequence[bytes]], SearchStrategy[bytes]]
    needs_database: bool = False


def find(name: str) -> Target:
    """Loaded only now: most targets need Django's models."""
    module = importlib.import_module(f"fuzz.targets.{name}")
    return cast("Target", module.TARGET)
