"""The columns of each model in an exported course, for export and import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model

from quizzes.rules import KEPT_IN_FILES

M = TypeVar("M", bound=Model)

FORMAT, VERSION = "profai-course", 1

# Name in the file: name of the model's field.
Fields = dict[str, str]


def _same(*names: str) -> Fields:
    return {name: name for name in names}


COURSE = _same("title", "description", "language", "source_language", "engine", "model", "notes")
# These stand in a file only where they say something; files of earlier releases have none.
MORE_OF_COURSE = _same("audience", "prerequisites", "level", "length", "focus")
MORE_OF_MODULE = _same("levels")
CLAIM = _same("place", "text", "citations", "verdict", "evidence", "reason", "doubt", "checked_by")
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
FIGURE = _same(
    "position",
    "kind",
    "page",
    "box",
    "number",
    "caption",
    "alternative_text",
    "words",
    "tex",
    "used",
    "width",
    "height",
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
# These stand in a file only where they differ from what a new quiz has.
RULES_OF_QUIZ = _same(*KEPT_IN_FILES)
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
# Of questions that are no single choice.
FORMATTED = _same("format", "body")
CHOICE = _same("position", "text", "feedback", "is_correct")


def values(row: Model, fields: Fields) -> dict[str, Any]:
    return {name: getattr(row, field) for name, field in fields.items()}


def more(row: Model, fields: Fields) -> dict[str, Any]:
    """Returns the values of optional columns that are not empty."""
    return {name: value for name, value in values(row, fields).items() if value}


def changed(row: Model, fields: Fields) -> dict[str, Any]:
    """Returns the values of optional columns that differ from those of a new row."""
    new = values(type(row)(), fields)
    return {name: value for name, value in values(row, fields).items() if value != new[name]}


def given(data: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Returns the optional columns that a file has, for `made`."""
    return {field: data[name] for name, field in fields.items() if name in data}


def made(model: type[M], fields: Fields, data: Mapping[str, Any], **others: Any) -> M:
    """Returns an unsaved row with the values of the file."""
    return model(**{field: data[name] for name, field in fields.items()}, **others)
