"""Reads pages as pictures with the `tesseract` program, in the document's language."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from engine.language.names import language_name
from engine.reading.detect import LATIN_LANGUAGES, SCRIPT_LANGUAGES, detect_language
from engine.reading.limits import PdfLimits
from engine.reading.pages import Line, Page
from engine.reading.sandbox import Children
from engine.reading.text import clean

CHILD = "ocr_child.py"
ENGLISH, SCRIPTS = "eng", "osd"
PROBED_PAGES = 3
# Percents: Tesseract gives print 85 to 96, and 30 to 60 to scripts that it does not know.
MIN_CONFIDENCE = 70
# Sizes that differ less than this are one size that was measured twice.
SAME_SIZE = 0.12
# ISO 639-1 to Tesseract's names; the Debian package of `deu` is tesseract-ocr-deu.
_CODES = {
    "en": ENGLISH, "de": "deu", "fr": "fra", "es": "spa", "it": "ita", "pt": "por", "nl": "nld",
    "sv": "swe", "da": "dan", "no": "nor", "nb": "nor", "fi": "fin", "pl": "pol", "cs": "ces",
    "ro": "ron", "hu": "hun", "tr": "tur", "id": "ind", "ca": "cat", "hr": "hrv", "sk": "slk",
    "lt": "lit", "lv": "lav", "et": "est", "ru": "rus", "uk": "ukr", "el": "ell", "ar": "ara",
    "fa": "fas", "ur": "urd", "he": "heb", "hi": "hin", "mr": "mar", "ne": "nep", "bn": "ben",
    "ta": "tam", "te": "tel", "kn": "kan", "ml": "mal", "gu": "guj", "pa": "pan", "or": "ori",
    "be": "bel", "bg": "bul", "sr": "srp", "mk": "mkd", "kk": "kaz",
    "si": "sin", "th": "tha", "vi": "vie", "ko": "kor", "ja": "jpn", "zh": "chi_sim",
}  # fmt: skip
# What English reads right as well: hardly a letter more than A to Z.
_LIKE_ENGLISH = frozenset({"en", "id", "ms", "nl", "sw"})
# Tesseract's names of scripts that more than their first language uses.
_SCRIPT_NAMES = {"Han": "zh", "HanS": "zh", "HanT": "zh", "Hangul": "ko", "Japanese": "ja"}


@dataclass(slots=True)
class OcrResult:
    """`lines` by page number. `language` is what the pages are written in, "" if nothing was
    read; `missing` is the package of a language that is not installed here."""

    lines: dict[int, list[Line]] = field(default_factory=dict)
    language: str = ""
    missing: str = ""


def tesseract() -> str | None:
    """Returns the program's path, or None if it is not installed."""
    return shutil.which("tesseract")


def package(language: str) -> str:
    """Returns the Debian package that has a language for Tesseract."""
    code = _CODES.get(language, language)
    return f"tesseract-ocr-{code.replace('_', '-')}"


@lru_cache(maxsize=4)
def installed_languages(program: str, tessdata: str) -> frozenset[str]:
    environment = {"TESSDATA_PREFIX": tessdata} if tessdata else {}
    told = subprocess.run(  # noqa: S603 - the installed program
        [program, "--list-langs"], capture_output=True, text=True, env=environment, check=False
    )
    return frozenset(told.stdout.split())


def read_pictures(path: Path, pages: Sequence[Page], language: str, limits: PdfLimits) -> OcrResult:
    """Reads pages from their pictures.

    `language` is that of the document's other pages, "" if there are none: then the first page
    tells it. A language that is not installed is not read, unless English has its letters.
    """
    program = tesseract()
    if program is None or not pages:
        return OcrResult()
    reader = _Reader(path, program, limits)
    try:
        return reader.read(pages[: limits.ocr_pages], language)
    finally:
        reader.children.close()


class _Reader:
    def __init__(self, path: Path, program: str, limits: PdfLimits) -> None:
        self.children = Children()
        self._path, self._program, self._limits = path, program, limits
        self._tessdata = os.environ.get("TESSDATA_PREFIX", "")
        self._installed = installed_languages(program, self._tessdata)

    def read(self, pages: Sequence[Page], language: str) -> OcrResult:
        language = language or self._language(pages)
        code = _CODES.get(language, ENGLISH)
        if code not in self._installed:
            missing = package(language)
            if language not in _LIKE_ENGLISH or ENGLISH not in self._installed:
                return OcrResult(language=language, missing=missing)
            code = ENGLISH
        # Terms and names in Latin letters stand in texts of all scripts.
        both = language not in LATIN_LANGUAGES and ENGLISH in self._installed
        languages = f"{code}+{ENGLISH}" if both and code != ENGLISH else code
        result = OcrResult(language=language)
        for page in pages:
            lines = self._lines(page, languages)
            if lines:
                result.lines[page.number] = lines
        return result

    def _language(self, pages: Sequence[Page]) -> str:
        """Returns the language of the first page with words; "en" where there is none.

        Read as English, letters of another script would give words of some language as well.
        """
        scripts = Counter(filter(None, map(self._script, pages[:PROBED_PAGES])))
        if scripts:
            return scripts.most_common(1)[0][0]
        for page in pages[:PROBED_PAGES]:
            if ENGLISH in self._installed:
                text = " ".join(line.text for line in self._lines(page, ENGLISH))
                found = detect_language([text], default="")
                if found:
                    return found
        return "en"

    def _script(self, page: Page) -> str:
        """Returns the language that writes most in the page's script; "" for Latin letters."""
        if SCRIPTS not in self._installed:
            return ""
        script = self._run(page, "").get("script", "")
        return _SCRIPT_NAMES.get(script) or SCRIPT_LANGUAGES.get(script.upper(), "")

    def _lines(self, page: Page, languages: str) -> list[Line]:
        """Returns what was read; nothing where Tesseract itself is not sure of it."""
        rows = self._run(page, languages).get("lines", [])
        letters = [len(row[0]) for row in rows]
        sure = sum(row[-1] * count for row, count in zip(rows, letters, strict=True))
        if sure < MIN_CONFIDENCE * sum(letters):
            return []
        # Sizes of running text are made equal, as they were on paper.
        sizes: list[float] = [row[1] for row in rows]
        weighted = zip(sizes, letters, strict=True)
        usual = median([size for size, count in weighted for _ in range(count)] or [0.0])
        sizes = [usual if abs(size - usual) <= SAME_SIZE * usual else size for size in sizes]
        return [
            Line(text, size, False, False, x0, y0, x1, round(y0 + 0.75 * size, 1))  # noqa: FBT003 - neither bold nor monospaced
            for (raw, _, x0, y0, x1, _), size in zip(rows, sizes, strict=True)
            if (text := clean(raw))
        ]

    def _run(self, page: Page, languages: str) -> dict[str, Any]:
        request = {
            "path": str(self._path),
            "page": page.number - 1,
            "program": self._program,
            "tessdata": self._tessdata,
            "languages": languages,
            "memory": self._limits.child_memory,
            "cpu": self._limits.child_cpu,
        }
        outcome = self.children.run(CHILD, request, wall=self._limits.ocr_wall)
        return outcome.answers[0] if outcome.finished and outcome.answers else {}


def said_missing(result: OcrResult, instead: str = "run OCR on the PDF") -> str:
    """Returns what to do about a language that is not installed; "" if none is missing."""
    if not result.missing:
        return ""
    return (
        f"They are in {language_name(result.language)}, which Tesseract here cannot read: have "
        f"the package {result.missing} installed, or {instead}."
    )
