"""Adds an example of every body to the OpenAPI document."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).with_name("openapi_examples.json")


@cache
def examples() -> dict[str, Any]:
    """Returns examples by the name of their schema; tests check that they fit."""
    found: dict[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def add_examples(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Adds examples to the complete document. A hook of drf-spectacular."""
    schemas = result["components"]["schemas"]
    for name, example in examples().items():
        schemas[name]["examples"] = [example]
    return result
