"""Converts values of old files; what has to be changed is reported."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from common.numbers import whole_number
from exchange.old_json.report import Kind, Place, Report

TITLE_LENGTH = 255
KEY_LENGTH = 255
MAX_WEEK = 10_000
LONGEST_WEEK = 9  # digits: old files may have zeros in front


def digest(*values: Any) -> str:
    """Returns a digest of JSON values; the order of an object's members does not matter."""
    data = json.dumps(values, sort_keys=True).encode()
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def bounded_key(*parts: str) -> str:
    """Returns one key of the parts, shortened to fit its column."""
    key = "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)
    if len(key) <= KEY_LENGTH:
        return key
    return f"{key[: KEY_LENGTH - 33]}~{digest(*parts)}"


def type_name(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    if value is None:
        return "nothing"
    return names.get(type(value), "a number")


def as_id(value: Any) -> str:
    """Returns an id as text: old files have 1 in one place and "1" in another. "" if there is
    none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else ""
    return str(value).strip()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads members of one record, and notes what it had to change."""

    report: Report
    kind: Kind
    place: Place

    def at(self, part: str, kind: Kind) -> Reader:
        return Reader(self.report, kind, self.place.at(part))

    def note(self, reason: str) -> None:
        self.report.note(self.kind, self.place, reason)

    def refuse(self, reason: str) -> None:
        self.report.refuse(self.kind, self.place, reason)

    def text(self, record: dict[str, Any], name: str) -> str:
        """Returns the member as text; "" where it is missing, null, or no text at all."""
        value = record.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, int | float):
            self.note(f"\u201c{name}\u201d is {type_name(value)}; it was taken as text.")
            return str(value)
        self.note(f"\u201c{name}\u201d is {type_name(value)}, not a text; it was left out.")
        return ""

    def title(self, record: dict[str, Any], name: str) -> str:
        words = " ".join(self.text(record, name).split())
        if len(words) > TITLE_LENGTH:
            self.note(f"\u201c{name}\u201d is longer than {TITLE_LENGTH} letters; it was cut.")
        return words[:TITLE_LENGTH].rstrip()

    def week(self, record: dict[str, Any], name: str) -> int | None:
        value = record.get(name)
        if value is None:
            return None
        number = whole_number(as_id(value), LONGEST_WEEK)
        if number is not None and 1 <= number <= MAX_WEEK:
            return number
        self.note(f"\u201c{name}\u201d is not a week; it counts as missing.")
        return None

    def members(self, record: dict[str, Any], name: str, kind: Kind) -> list[Any]:
        """Returns the list `name`; anything else there is refused and counted as a record of
        `kind`."""
        value = record.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.at(name, kind).refuse(f"A list was expected here, not {type_name(value)}.")
        return []
