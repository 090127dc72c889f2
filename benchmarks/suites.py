"""Reads test files of other projects: crashes, words that are lost, garbled pages without a word.

`python -m benchmarks.suites FOLDER [--most FILES] [--minutes M]`. The files are not part of this
repository; docs/testing.md says where ours came from and what was found. OCR is off, so that what
is counted is what reading makes of text. Words are compared with those of poppler's `pdftotext`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.language.words import has_spaces, known_words
from engine.reading.detect import detect_language
from engine.reading.document import DocumentRejectedError, ExtractedDocument
from engine.reading.extract import extract_document
from engine.reading.limits import PdfLimits

SUFFIXES = (".pdf", ".docx", ".pptx", ".odt", ".odp", ".epub", ".html", ".md")
LIMITS = PdfLimits(ocr_pages=0)
MIN_WORDS = 30  # of a page whose words are looked up, and of a file whose words are compared
HARDLY_KNOWN = 0.2
LOST = 0.1
_WORD = re.compile(r"[^\W\d_]{2,}")
_BROKEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\s*\n\s*(?=[^\W\d_])")


@dataclass(slots=True)
class Seen:
    """Names of files; `lost` has the share of words of each."""

    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    crashed: list[str] = field(default_factory=list)
    garbled: list[str] = field(default_factory=list)
    lost: dict[str, float] = field(default_factory=dict)
    words: int = 0
    found: int = 0
    seconds: float = 0.0


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=20)
    told = parser.parse_args(arguments)
    seen, end = Seen(), time.monotonic() + 60 * told.minutes
    chosen = sorted(_files(told.folder), key=_by_chance)[: told.most]
    for number, path in enumerate(chosen):
        if time.monotonic() > end:
            sys.stdout.write(f"The time ended after {number} of {len(chosen)} files.\n")
            break
        _look(path, str(path.relative_to(told.folder)), seen)
    sys.stdout.write(_report(seen))
    return 0


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def _by_chance(path: Path) -> str:
    """Returns what puts files in the same random order each time."""
    return hashlib.sha256(path.name.encode()).hexdigest()


def _look(path: Path, name: str, seen: Seen) -> None:
    start = time.monotonic()
    try:
        extracted = extract_document(path, limits=LIMITS)
    except DocumentRejectedError as error:
        seen.refused[error.code] += 1
        return
    except Exception as error:  # noqa: BLE001 - what is counted here
        seen.crashed.append(f"{name}: {error!r}")
        return
    finally:
        seen.seconds = max(seen.seconds, time.monotonic() - start)
    seen.read += 1
    if not extracted.warnings:
        seen.garbled += [f"{name}, page {page}" for page in _garbled(extracted)]
    if path.suffix.lower() == ".pdf":
        _compare(path, name, extracted, seen)


def _garbled(extracted: ExtractedDocument) -> Iterator[int]:
    """Yields pages whose words are hardly in a dictionary, with no warning about them."""
    pages: dict[int, list[str]] = {}
    for passage in extracted.passages:
        pages.setdefault(passage.page_from, []).append(passage.text)
    for page, texts in pages.items():
        words = [word for word in _words("\n".join(texts)) if len(word) > 2]
        languages = {extracted.language, detect_language(texts, "en"), "en"}
        dictionaries = [known for code in languages if (known := known_words(code))]
        if len(words) < MIN_WORDS or not dictionaries or not has_spaces(extracted.language):
            continue
        if all(
            sum(w in known for w in words) < HARDLY_KNOWN * len(words) for known in dictionaries
        ):
            yield page


def _compare(path: Path, name: str, extracted: ExtractedDocument, seen: Seen) -> None:
    """Counts the words of `pdftotext` that are read as well, of pages that are not left out."""
    told = subprocess.run(
        ["pdftotext", "-q", str(path), "-"],
        capture_output=True,
        check=False,
        timeout=300,
    )
    out = {verdict.page for verdict in extracted.verdicts if verdict.left_out}
    pages = told.stdout.decode("utf-8", "replace").split("\f")
    wanted = Counter(
        word for at, page in enumerate(pages, start=1) if at not in out for word in _words(page)
    )
    own = [passage.text for passage in extracted.passages]
    own += [title for passage in extracted.passages for title in passage.heading_path]
    own += [note for passage in extracted.passages for note in passage.notes]
    own += [w for figure in extracted.figures for w in (*figure.labels, figure.caption)]
    found = Counter(_words("\n".join(own)))
    total = wanted.total()
    if total < MIN_WORDS:
        return
    # A running head is read once, or not at all: what counts is whether a word is there.
    right = sum(count for word, count in wanted.items() if found[word])
    seen.words += total
    seen.found += right
    if right < (1 - LOST) * total:
        seen.lost[name] = round(1 - right / total, 3)


def _words(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", _BROKEN.sub("", text))
    return [word.lower() for word in _WORD.findall(text)]


def _report(seen: Seen) -> str:
    return (
        json.dumps(
            {
                "read": seen.read,
                "refused": dict(seen.refused),
                "crashed": seen.crashed,
                "garbled pages without a warning": seen.garbled,
                "words found": round(seen.found / max(seen.words, 1), 4),
                "files that lost a tenth of their words": dict(
                    sorted(seen.lost.items(), key=lambda item: -item[1])
                ),
                "longest, seconds": round(seen.seconds, 1),
            },
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
