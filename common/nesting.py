"""A limit on the nesting of JSON from clients, the same for every version of Python."""

from __future__ import annotations

from typing import Any

# Levels of objects and lists. Ours have five; the code that reads them recurses, and versions of
# Python limit that differently, some only by ending the process.
MAX_LEVELS = 100


class TooDeepError(ValueError):
    """The message is for the client."""

    def __init__(self) -> None:
        super().__init__(f"More than {MAX_LEVELS} levels of lists and objects within each other.")


def check_levels(value: Any) -> None:
    """Raises TooDeepError for a value from JSON that is nested too deep. Does not recurse."""
    level = [value]
    for _ in range(MAX_LEVELS):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise TooDeepError
