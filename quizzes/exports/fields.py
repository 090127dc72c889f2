"""Which columns of each model stand in an exported course; export and import share this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)

FORMAT, VERSION = "profai-course", 1

# The name in the file, and that of the model's field.
Fields = dict[str, str]


def _same(*names: str) -> Fields:
    return {name: name for name in names}


COURSE = _same("title", "description", "language", "source_language", "engine", "model", "notes")
DOCUMENT = _same("position", "sha256", "bytes", "pages", "language", "warnings") | {
    "name": "original_name"
}
PASSAGE = _same(
    "position",
    "page_from",
    "page_to",
    "label_from",
    "label_to",
    "heading_path",
    "text",
    "kind",
    "matter",
)
MODULE = _same("title", "summary", "objectives") | {"week": "position"}
TOPIC = _same(
    "position",
    "title",
    "content",
    "status",
    "engine",
    "statements",
    "flags",
    "dropped_citations",
)
QUIZ = _same("title", "pass_mark", "engine", "notes")
QUESTION = _same(
    "position",
    "kind",
    "stem",
    "explanation",
    "difficulty",
    "bloom",
    "quote",
    "support",
    "check_results",
    "status",
)
CHOICE = _same("position", "text", "feedback", "is_correct")


def values(row: Model, fields: Fields) -> dict[str, Any]:
    return {name: getattr(row, field) for name, field in fields.items()}


def made(model: type[M], fields: Fields, data: Mapping[str, Any], **others: Any) -> M:
    """A row, not saved, of what a file says."""
    return model(**{field: data[name] for name, field in fields.items()}, **others)
