"""Prints all that is read of a document: headings, passages, tables and verdicts by page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.uploads import limits
from courses.web_pages import PageAwayError, checked_address, fetched_page
from engine.reading.document import DocumentRejectedError
from engine.reading.extract import extract_document
from engine.reading.report import as_data, as_markdown


class Command(BaseCommand):
    help = "Print what ProfAI reads of a document, without making a course."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE_OR_ADDRESS")
        parser.add_argument("--format", choices=["json", "markdown"], default="markdown")

    def handle(self, *_args: Any, **options: Any) -> None:
        name: str = options["file"]
        try:
            with ExitStack() as stack:
                path = stack.enter_context(_fetched(name)) if "://" in name else Path(name)
                if not path.is_file():
                    raise CommandError(f"There is no file {path}.")
                extracted = extract_document(path, limits=limits())
        except DocumentRejectedError as error:
            raise CommandError(f"{Path(name).name}: {error.message}") from error
        except PageAwayError as error:
            raise CommandError(str(error)) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_data(extracted), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(as_markdown(extracted))


@contextmanager
def _fetched(address: str) -> Iterator[Path]:
    with (
        fetched_page(checked_address(address), limits().max_bytes) as page,
        NamedTemporaryFile(suffix=f".{page.form}") as copy,
    ):
        shutil.copyfileobj(page.file, copy)
        copy.flush()
        yield Path(copy.name)
