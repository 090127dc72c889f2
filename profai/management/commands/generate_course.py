"""Makes a course of documents from the shell, with a progress bar."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.services import CourseRequest, request_course
from engine.reading.document import DocumentRejectedError
from jobs.models import Job, JobStatus
from jobs.services import cancel_job
from profai.local.failures import EmbeddedServerError
from profai.local.supervisor import (
    Stopped,
    SupervisorError,
    bring_up_to_date,
    choose_ports,
    is_running,
    only_one,
    start_backend,
    supervised,
)

BAR = 30
PAUSE = 0.5


class Command(BaseCommand):
    help = "Make a course of one or several documents or web pages and wait until it is done."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "sources",
            nargs="+",
            metavar="FILE_OR_ADDRESS",
            help="a web address begins with https://",
        )
        parser.add_argument("--title", default="", help="by default, from the first file's name")
        parser.add_argument("--language", default="", help="a code such as hi; needs a model")
        parser.add_argument("--publish", action="store_true", help="show it to learners when done")

    def handle(
        self,
        *_args: Any,
        sources: list[str],
        title: str,
        language: str,
        publish: bool,
        **_options: Any,
    ) -> None:
        with ExitStack() as stack:
            if not is_running():
                # `make run` is not running: this command has workers and Chroma of its own.
                try:
                    stack.enter_context(only_one())
                    supervisor = stack.enter_context(supervised())
                    bring_up_to_date()
                    choose_ports()
                    start_backend(supervisor)
                except (SupervisorError, EmbeddedServerError) as error:
                    raise CommandError(str(error)) from error
            request = self._request(sources, title, language, publish=publish)
            if request.notice:
                self.stdout.write(request.notice)
            try:
                job = self._follow(request.job)
            except (KeyboardInterrupt, Stopped):
                cancel_job(request.job)
                raise CommandError("Cancelled.") from None
        if job.status != JobStatus.COMPLETED:
            raise CommandError(job.error or f"The job was {job.status}.")
        self.stdout.write(f"Done: {job.title}, course {request.course.pk}")

    def _request(
        self, sources: list[str], title: str, language: str, *, publish: bool
    ) -> CourseRequest:
        addresses = [one for one in sources if "://" in one]
        paths = [Path(one) for one in sources if "://" not in one]
        with ExitStack() as stack:
            try:
                files = [File(stack.enter_context(path.open("rb")), path.name) for path in paths]
                return request_course(
                    files=files,
                    addresses=addresses,
                    title=title,
                    language=language,
                    publish=publish,
                )
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from error
            except DocumentRejectedError as error:
                raise CommandError(error.message) from error
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error

    def _follow(self, job: Job) -> Job:
        shown = ""
        while True:
            job.refresh_from_db()
            if not sys.stdout.isatty():
                line = f"{job.progress:3} % {job.message}"
            else:
                full = BAR * job.progress // 100
                bar = "#" * full + "." * (BAR - full)
                line = f"\r\x1b[2K[{bar}] {job.progress:3} % {job.message[:60]}"
            if line != shown:
                self._show(line)
                shown = line
            if not job.is_open:
                self._show("\n" if sys.stdout.isatty() else "")
                return job
            time.sleep(PAUSE)

    def _show(self, line: str) -> None:
        self.stdout.write(line, ending="" if sys.stdout.isatty() else "\n")
        self.stdout.flush()
