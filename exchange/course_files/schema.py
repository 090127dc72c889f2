"""The JSON Schema of an exported course, and what it finds wrong with a file."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

SCHEMA = Path(__file__).with_name("course.schema.json")
WORDS = 300


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def problem_of(data: Any) -> tuple[str, str] | None:
    """Returns the first place where `data` breaks the schema, and how; None if it fits."""
    error = best_match(validator().iter_errors(data))
    if error is None:
        return None
    return error.json_path, f"{error.message[:WORDS]}. See course.schema.json."
