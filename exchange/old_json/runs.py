"""Imports by upload: stores the upload and imports it in a job, with a report. Their clean-up."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from pathlib import PurePath
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from courses.cleanup import unknown_files
from courses.services import indexing_steps
from courses.uploads import local_copy, save_file
from engine.reading.document import DocumentRejectedError
from engine.reading.upload import safe_file_name
from exchange.models import ImportRun
from exchange.old_json.files import DataSetError, opened
from exchange.old_json.service import ImportBusyError, Options, run_import
from jobs.cleanup import Waste
from jobs.errors import StepFailedError, StepStoppedError
from jobs.models import Job, JobStatus
from jobs.pipelines import StepSpec
from jobs.runner import StepRun
from jobs.services import create_job

FOLDER = "imports"
PIPELINE = "import"
GONE = "The uploaded file is no longer here. Upload it again."


def request_import(
    *, file: File[bytes], source: str = "", dry_run: bool = False, requested_by: Any = None
) -> ImportRun:
    """Stores a zip or an exported course, and queues the job that takes it in.

    Raises ValidationError for what cannot be either.
    """
    suffix = _suffix(file)
    name = f"{FOLDER}/{uuid4()}{suffix}"
    try:
        save_file(name, file)
    except DocumentRejectedError as error:
        raise ValidationError(error.message) from error
    try:
        return _queue(
            ImportRun(
                file=name,
                original_name=safe_file_name(file.name or "")[:150],
                source=source,
                dry_run=dry_run,
                requested_by=requested_by,
            )
        )
    except BaseException:
        default_storage.delete(name)
        raise


def _suffix(file: File[bytes]) -> str:
    if not file.size:
        raise ValidationError("This file is empty.")
    if file.size > settings.IMPORT_MAX_BYTES:
        most = filesizeformat(settings.IMPORT_MAX_BYTES)
        raise ValidationError(f"This file is larger than {most}. Leave the PDFs out, or split it.")
    if zipfile.is_zipfile(file):
        file.seek(0)
        return ".zip"
    file.seek(0)
    if PurePath(file.name or "").suffix.lower() != ".json":
        raise ValidationError("Choose a zip of the old data folder, or an exported .json file.")
    return ".json"


@transaction.atomic
def _queue(run: ImportRun) -> ImportRun:
    run.full_clean()
    run.save()
    verb = "Try out" if run.dry_run else "Import"
    run.job = create_job(
        kind=PIPELINE,
        title=f"{verb} {run.original_name}",
        requested_by=run.requested_by,
        parameters={"import_run": run.pk},
        steps=[StepSpec(key="import", stage="import", name=f"Take in {run.original_name}"[:255])],
    )
    run.save(update_fields=["job"])
    return run


def run_of_job(job: Job) -> ImportRun | None:
    return ImportRun.objects.filter(pk=job.parameters.get("import_run")).first()


def take_in(step: StepRun) -> None:
    """Imports the files, as the job's step. If it starts again, it skips what was imported
    already."""
    run = run_of_job(step.job)
    if run is None:
        raise StepStoppedError("The import was deleted.")
    if not run.file or not default_storage.exists(run.file.name or ""):
        raise StepFailedError(GONE, final=True)
    try:
        with (
            local_copy(run.file, PurePath(run.file.name or "").suffix) as path,
            opened(path, settings.IMPORT_MAX_BYTES, run.original_name) as data,
        ):
            report = run_import(data, _options(step, run))
    except DataSetError as error:
        raise StepFailedError(str(error), final=True, quoted=str(error)) from error
    except ImportBusyError as error:
        raise StepFailedError(str(error), retryable=True) from error
    with TemporaryFile() as file:
        text = TextIOWrapper(file, encoding="utf-8")
        report.write_json(text)
        text.detach()
        file.seek(0)
        run.report.save(f"{uuid4()}-report.json", File(file), save=False)
    run.counts = report.table()
    run.save(update_fields=["report", "counts"])
    step.set_result({"import_run": run.pk, "clean": report.is_clean, "counts": run.counts})


def plan_indexing(job: Job) -> list[StepSpec]:
    """Courses that came with passages are searched as soon as the job has ended."""
    run = run_of_job(job)
    return [] if run is None or run.dry_run else indexing_steps()


def _options(step: StepRun, run: ImportRun) -> Options:
    def progress(done: int, total: int) -> None:
        step.check_before_more()
        # A dry run is one transaction: what it wrote to the job would keep others waiting.
        if total and not run.dry_run:
            step.progress(done, total, f"{done} of {total} records")

    common: Mapping[str, Any] = {"source": run.source, "owner": run.requested_by}
    if run.dry_run:
        return Options(**common, dry_run=True, on_progress=progress)
    return Options(**common, on_progress=progress, lock_rows=step.lock_rows)


def ended(job: Job) -> None:
    """Deletes the upload, which has personal data, once no retry can need it."""
    run = run_of_job(job)
    if run is not None and run.file and (job.status == JobStatus.COMPLETED or not job.can_retry):
        name = run.file.name or ""
        run.file = ""
        run.save(update_fields=["file"])
        transaction.on_commit(lambda: default_storage.delete(name))


def waste() -> Iterator[Waste]:
    """Yields the files of imports that nobody needs any more.

    Reports are kept, and uploads that a job may still need.
    """
    recent = Q(job__completed_at=None) | Q(
        job__completed_at__gte=timezone.now() - settings.CLEANUP_UPLOADS
    )
    uploads = ImportRun.objects.filter(recent, job__isnull=False)
    yield unknown_files(
        "uploads and reports of imports",
        FOLDER,
        {
            *uploads.values_list("file", flat=True),
            *ImportRun.objects.values_list("report", flat=True),
        },
    )
