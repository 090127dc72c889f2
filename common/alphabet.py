"""Sorts texts in the order of the alphabet: algebra, Ärzte, Zoologie.

The database must sort, because lists have pages. Its own order is by code points (capitals, small
letters, letters with accents), and the embedded PostgreSQL knows no order of a language (ICU). So
it compares a form of each text whose code points are in the right order.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, Func, Model, TextField
from django.db.models.expressions import OrderBy

# Accents, which are separate characters after NFKD; quotation marks; the inverted ? and !.
_IGNORED = "\u0300-\u036f\"''`\u00ab\u00bb\u2018-\u201f\u2039\u203a\u00a1\u00bf"
# Letters that NFKD does not divide, and the letters next to which they are sorted.
_WHOLE, _BESIDE = "øłđħŧı", "oldhti"
# Fields that say what a row is called; `str(row)` shows them.
_NAMES = ("title", "original_name", "username", "name")


class Alphabetical(Func):
    """A text without case, accents and quotation marks, for ORDER BY.

    Ä is sorted like A, and ß like ss, as is usual in lists of several languages. Texts that differ
    only in what is left out are equal, so a list needs a second order.
    """

    template = (
        "(REPLACE(REPLACE(REPLACE(TRANSLATE(REGEXP_REPLACE("
        # й stands between и and к; it is no и with an accent.
        "REPLACE(LOWER(NORMALIZE(%(expressions)s, NFKD)), 'и\u0306', 'й'), "
        f"'[{_IGNORED}]', '', 'g'), '{_WHOLE}', '{_BESIDE}'), "
        "'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') COLLATE \"C\")"
    )
    output_field = TextField()


def shown_text(model: type[Model], path: str) -> str | None:
    """Returns the path of the text that a list shows for `path`; None if people wrote no such text.

    For a relation it is the name of the other row: "course" gives "course__title".
    """
    field: Any = None
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        if field.is_relation:
            model = field.related_model
    if field.is_relation:
        names = {other.name for other in model._meta.get_fields()}
        called = next((name for name in _NAMES if name in names), None)
        return f"{path}__{called}" if called else None
    return path if isinstance(field, CharField | TextField) and not field.choices else None


def in_alphabet(model: type[Model], name: str) -> list[str | OrderBy]:
    """Returns terms for `order_by`, made of a client's term ("title", "-title")."""
    text = shown_text(model, name.removeprefix("-"))
    if text is None:
        return [name]
    order = Alphabetical(text)
    return [order.desc() if name.startswith("-") else order.asc(), name]
