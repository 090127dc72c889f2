"""What the clean-up takes and what it leaves; nothing without --apply."""

from __future__ import annotations

import errno
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.models import Schedule, Task
from pytest_django.fixtures import Settings

from common.models import RequestKey
from courses.engines import vector_store
from courses.indexing import collection_name, index_course
from courses.models import Course
from courses.services import delete_course, request_course
from engine.reading.document import DocumentRejectedError
from jobs.cleanup import COMMAND, schedule_cleanup
from jobs.models import Job, JobStatus
from quizzes.models import ShownQuiz
from quizzes.shown import show_quiz
from tests.admin.rows import make_job
from tests.conftest import free_port
from tests.factories import make_course, make_teacher
from tests.pdfs import upload

OLD = timezone.now() - timedelta(days=100)


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path, chroma: int) -> None:
    settings.MEDIA_ROOT = tmp_path


def clean(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, int]:
    call_command("cleanup", *options)
    printed = capsys.readouterr().out.splitlines()[:-1]
    # Names, which -v2 shows, stand further in.
    lines = [line.split(maxsplit=1) for line in printed if not line.startswith(" " * 8)]
    return {what: int(count) for count, what in lines}


@pytest.mark.django_db
def test_old_rows_go_and_young_ones_stay(capsys: pytest.CaptureFixture[str]) -> None:
    teacher = make_teacher()
    old = make_job(teacher, status=JobStatus.COMPLETED, completed_at=OLD, steps=0)
    young = make_job(teacher, status=JobStatus.COMPLETED, steps=0)
    open_job = make_job(teacher, steps=0)
    half = make_job(teacher, status=JobStatus.FAILED, completed_at=OLD, steps=0, error="No.")
    course = make_course(owner=teacher)
    Job.objects.filter(pk=half.pk).update(parameters={"course": course.pk})
    Course.objects.filter(pk=course.pk).update(job=half)
    for name, when in (("old", OLD), ("young", timezone.now())):
        Task.objects.create(id=name, name=name, func="f", started=when, stopped=when, success=False)
        RequestKey.objects.create(user=teacher, kind="jobs.job", key=name, made=str(young.pk))
    RequestKey.objects.filter(key="old").update(created_at=OLD)
    quiz = course.quizzes.get(module=None)
    for when in (OLD, timezone.now()):
        shown = show_quiz(quiz=quiz, learner=teacher)
        ShownQuiz.objects.filter(pk=shown.pk).update(shown_at=when, pass_mark=1)
    expected = {
        "quizzes shown to old clients": 1,
        "old jobs": 1,
        "failed deliveries of the queue": 1,
        "old idempotency keys": 1,
        "uploaded files without a course": 0,
    }
    # Other tests leave indexes in the Chroma server of the run.
    assert expected.items() <= clean(capsys).items()
    assert Job.objects.filter(pk=old.pk).exists()
    assert expected.items() <= clean(capsys, "--apply").items()
    assert set(Job.objects.all()) == {young, open_job, half}
    assert [task.name for task in Task.objects.all()] == ["young"]
    assert [key.key for key in RequestKey.objects.all()] == ["young"]


@pytest.mark.django_db
def test_files_and_indexes_without_a_course_go(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    kept = request_course(files=[upload()]).course.documents.get()
    default_storage.save("documents/left.pdf", ContentFile(b"x"))
    course = make_course()
    index_course(course)
    gone = collection_name(course.pk)
    Course.objects.filter(pk=course.pk).delete()
    # The file is too young: its upload may be under way.
    assert clean(capsys, "--apply", "-v2")["uploaded files without a course"] == 0
    assert gone not in vector_store().collection_sizes()
    settings.CLEANUP_UPLOADS = timedelta(seconds=-1)
    assert clean(capsys, "--apply")["uploaded files without a course"] == 1
    assert default_storage.listdir("documents")[1] == [Path(kept.file.name or "").name]


@pytest.mark.django_db
def test_the_clean_up_says_that_chroma_is_down(settings: Settings) -> None:
    settings.CHROMA_PORT = free_port()
    with pytest.raises(CommandError, match="does not answer"):
        call_command("cleanup")


@pytest.mark.django_db
def test_it_is_scheduled_once_a_day() -> None:
    schedule_cleanup()
    schedule_cleanup()
    found = Schedule.objects.get(func=COMMAND)
    assert (found.schedule_type, found.args) == (Schedule.DAILY, "'cleanup', '--apply'")


@pytest.mark.django_db(transaction=True)
def test_a_deleted_course_takes_its_index_along(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    course, other = make_course(), make_course("Lakes")
    index_course(course)
    name = collection_name(course.pk)
    delete_course(course)
    assert name not in vector_store().collection_sizes()
    settings.CHROMA_PORT = free_port()
    delete_course(other)
    assert "was left behind" in caplog.text
    assert not Course.objects.exists()


@pytest.mark.django_db
def test_an_upload_that_finds_no_room_says_so_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(self: FileSystemStorage, name: str, _content: object) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"a part of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    with pytest.raises(DocumentRejectedError, match="no room"):
        request_course(files=[upload()])
    assert list((tmp_path / "documents").iterdir()) == []
    assert not Job.objects.exists()
