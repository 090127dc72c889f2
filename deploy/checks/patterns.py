"""Whether a filter of CloudWatch Logs counts a line.

Only what deploy/aws/watch.yaml says: `{ ... }` with comparisons of texts, &&, || and brackets.
"""

from __future__ import annotations

import json
import re

TOKEN = re.compile(r'\s*(?:(?P<sign>[()]|&&|\|\|)|\$\.(?P<path>[\w.]+)\s*=\s*"(?P<text>[^"*]*)")')


def counts(pattern: str, line: str) -> bool:
    """Raises ValueError for a pattern that is written otherwise."""
    inner = re.fullmatch(r"\{(.*)\}", pattern.strip())
    if inner is None:
        raise ValueError(f"no pattern for JSON: {pattern}")
    reader = _Reader(inner[1].strip(), _parsed(line))
    found = reader.either()
    if reader.left:
        raise ValueError(f"not understood: {reader.left}")
    return found


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


class _Reader:
    """Reads a condition from the left; && binds closer than ||."""

    def __init__(self, condition: str, line: object) -> None:
        self.left, self._line = condition, line

    def either(self) -> bool:
        found = self._both()
        while self._take("||"):
            found = self._both() or found
        return found

    def _both(self) -> bool:
        found = self._one()
        while self._take("&&"):
            found = self._one() and found
        return found

    def _one(self) -> bool:
        if self._take("("):
            found = self.either()
            if not self._take(")"):
                raise ValueError(f"a bracket is not closed before: {self.left}")
            return found
        token = TOKEN.match(self.left)
        if token is None or token["path"] is None:
            raise ValueError(f"not understood: {self.left}")
        self.left = self.left[token.end() :]
        return self._value(token["path"]) == token["text"]

    def _take(self, sign: str) -> bool:
        token = TOKEN.match(self.left)
        if token is None or token["sign"] != sign:
            return False
        self.left = self.left[token.end() :]
        return True

    def _value(self, path: str) -> object:
        value: object = self._line
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value
