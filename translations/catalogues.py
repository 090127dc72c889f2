"""Reads the texts of learners' pages from templates and code, and keeps the catalogues."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

HERE = Path(__file__).parent
ROOT = HERE.parent
# Staff's pages are in English.
TEMPLATES = ("templates",)
NOT_LEARNERS = ("templates/admin", "templates/drf_spectacular")
CODE = ("accounts", "common", "courses", "profai", "quizzes")
KEYWORDS = dict.fromkeys(
    [
        *("_", "_lazy", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"),
        *("pgettext", "pgettext_lazy", "npgettext"),
    ]
)
HEADER = "# {language} for learners' pages of ProfAI.\n# `make messages` adds what is new."


def languages() -> list[str]:
    """Returns the languages that have a folder here."""
    return sorted(path.parent.name for path in HERE.glob("*/LC_MESSAGES"))


def learners_templates() -> list[Path]:
    """Returns all templates that learners see."""
    found = [path for folder in TEMPLATES for path in (ROOT / folder).rglob("*.html")]
    staffs = tuple(str(ROOT / folder) for folder in NOT_LEARNERS)
    return sorted(path for path in found if not str(path).startswith(staffs))


def extracted() -> Catalog:
    """Returns every text that templates and code have translated, with where it stands."""
    catalog = Catalog(charset="utf-8")
    for path in learners_templates():
        name = str(path.relative_to(ROOT))
        code = templatize(path.read_text(encoding="utf-8"), origin=name)
        _add(catalog, name, code.encode())
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            _add(catalog, str(path.relative_to(ROOT)), path.read_bytes())
    return catalog


def _add(catalog: Catalog, name: str, code: bytes) -> None:
    for _line, found, texts, _comments in extract_python(
        io.BytesIO(code), KEYWORDS, [], {"encoding": "utf-8"}
    ):
        if not found or not texts:
            continue
        function = str(found)
        parts = [texts] if isinstance(texts, str) else list(texts)
        context = parts.pop(0) if function.startswith(("pgettext", "npgettext")) else None
        needed = 2 if function.startswith(("ngettext", "npgettext")) else 1
        if not all(isinstance(part, str) and part for part in parts[:needed]):
            continue
        text = tuple(parts[:2]) if needed == 2 else parts[0]  # noqa: PLR2004 - one and many
        catalog.add(text, locations=[(name, 1)], context=context)


def catalogue_of(language: str) -> Catalog:
    """Returns a catalogue as it stands in its file."""
    with _po(language).open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def update(language: str) -> None:
    """Adds new texts, drops those that are gone, and compiles. Translations are kept, and nothing
    is guessed from similar texts."""
    catalog = catalogue_of(language)
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.header_comment = HEADER.format(language=catalog.locale_identifier)
    catalog.project, catalog.version, catalog.msgid_bugs_address = "ProfAI", "1", ""
    catalog.last_translator = catalog.language_team = ""
    with _po(language).open("wb") as file:
        # Times of the tool would change the file each time.
        made = io.BytesIO()
        # Without numbers of lines: a catalogue changes only with its texts.
        write_po(made, catalog, width=100, sort_output=True, include_lineno=False)
        text = made.getvalue().decode()
        file.write(re.sub(r'"(POT-Creation|PO-Revision)-Date: .*\n', "", text).encode())
    with _po(language).with_suffix(".mo").open("wb") as file:
        file.write(compiled(language))


def compiled(language: str) -> bytes:
    """Returns the bytes of the compiled catalogue."""
    made, catalog = io.BytesIO(), catalogue_of(language)
    # The same texts give the same bytes.
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(made, catalog)
    return made.getvalue()


def missing(language: str) -> list[str]:
    """Returns the texts without a translation; of those with a number, without one for each
    form."""
    known = {(message.id, message.context): message.string for message in catalogue_of(language)}
    found = []
    for message in extracted():
        if not message.id:
            continue
        string = known.get((message.id, message.context), "")
        forms = string if isinstance(string, tuple | list) else (string,)
        if not all(forms):
            found.append(message.id if isinstance(message.id, str) else message.id[0])
    return found


def _po(language: str) -> Path:
    return HERE / language / "LC_MESSAGES" / "django.po"


_WRAPPED = re.compile(
    r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}|{%\s*comment\b.*?endcomment\s*%}"
    r"|{#.*?#}|{%\s*trans(?:late)?\b.*?%}|<script\b.*?</script>|<!doctype.*?>|<code\b.*?</code>",
    re.DOTALL,
)
_TAGS = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_SPOKEN = re.compile(r'\b(?:aria-label|title|alt|placeholder|data-close)="([^"]*)"')
# Words in a filter or an argument: yesno:"Right,Wrong", default:"none", empty="Place".
_GIVEN = re.compile(r'(?:\b(?:yesno|default|pluralize|join):|\b(?:empty|label)=)"([^"]*)"')
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# A name, and what is no text: classes of CSS, values of attributes that a filter chooses.
_NOT_TEXT = re.compile(r"ProfAI|\b[a-z-]+,[a-z-]+\b")


def unwrapped(template: str) -> Iterator[str]:
    """Yields texts of a template that are not translated."""
    text = _WRAPPED.sub(" ", template)
    for tag in _TAGS.findall(text):
        for given in _GIVEN.findall(tag):
            if _LETTERS.search(_NOT_TEXT.sub("", given)):
                yield given
    text = _TAGS.sub(" ", text)
    for spoken in _SPOKEN.findall(text):
        if _LETTERS.search(_NOT_TEXT.sub("", spoken)):
            yield spoken
    for piece in re.split(r"<[^>]*>", text):
        # A template may be a piece of a tag.
        plain = re.sub(r'&\w+;|[\w-]+="[^"]*"', " ", piece)
        if _LETTERS.search(_NOT_TEXT.sub("", plain)):
            yield " ".join(plain.split())
