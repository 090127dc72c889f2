"""Times are those of the school, and say so."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import AuditEntry
from courses.models import CourseStatus
from profai.local.first_start import ask_for_time_zone
from quizzes.models import Attempt
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner, make_superuser

pytestmark = pytest.mark.django_db

SHOWN = "30 Nov 2026, 05:24 IST"
SHOWN_LONG = "30 November 2026, 05:24 IST"


def test_every_time_names_its_zone(client: Client, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    quiz = make_course(status=CourseStatus.PUBLISHED).quizzes.earliest("pk")
    attempt = submit_attempt(
        attempt=start_attempt(quiz=quiz, learner=make_learner("ann")), responses={}
    )
    moment = datetime(2026, 11, 29, 23, 54, tzinfo=UTC)
    Attempt.objects.update(started_at=moment, submitted_at=moment, regraded_at=moment)
    client.force_login(attempt.learner)
    for page in (attempt.get_absolute_url(), quiz.get_absolute_url()):
        text = client.get(page).text
        assert text.count(SHOWN_LONG) >= 2, page
        assert "Times are those of Asia/Kolkata." in text
    assert client.get(reverse("history")).text.count(SHOWN) == 2
    client.force_login(make_superuser())
    listed = client.get(reverse("admin:quizzes_attempt_changelist")).text
    assert listed.count(SHOWN) == 2
    assert "Times are those of Asia/Kolkata." in listed
    AuditEntry.objects.create(action="change", at=moment)
    assert SHOWN in client.get(reverse("admin:accounts_auditentry_changelist")).text


def test_no_template_shows_a_time_without_its_zone() -> None:
    for path in Path("templates").rglob("*.html"):
        text = path.read_text()
        assert text.count("H:i") == text.count("H:i T") + text.count("H:i:s T"), path


class Terminal:
    def isatty(self) -> bool:
        return True


def test_the_first_start_asks_for_the_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # What it sets is taken back after the test.
    monkeypatch.setenv("TIME_ZONE", "")
    file = tmp_path / ".env"
    file.write_text("LLM_API_KEY=x")
    answers = iter(["Mars/Base", "../etc/passwd", "Asia/Kolkata"])
    ask_for_time_zone(read=lambda _question: next(answers), file=file)
    assert file.read_text() == "LLM_API_KEY=x"
    monkeypatch.setattr(sys, "stdin", Terminal())
    ask_for_time_zone(read=lambda _question: next(answers), file=file)
    assert file.read_text() == "LLM_API_KEY=x\nTIME_ZONE=Asia/Kolkata\n"
    assert capsys.readouterr().out.count("There is no such time zone.") == 2
    # It is set now: nobody is asked once more.
    ask_for_time_zone(read=lambda _question: next(answers), file=file)


def test_nobody_who_ends_the_input_is_kept_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIME_ZONE", "")
    monkeypatch.setattr(sys, "stdin", Terminal())

    def ended(_question: str) -> str:
        raise EOFError

    ask_for_time_zone(read=ended, file=tmp_path / ".env")
    assert not (tmp_path / ".env").exists()
