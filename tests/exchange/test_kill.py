"""An import that is killed in the middle is complete after another run, and nothing is double."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from courses.models import Course, Topic
from exchange.models import ImportedKind, ImportedRow
from exchange.old_json.service import LOCK
from profai.environment import BASE_DIR
from quizzes.models import Answer, Attempt, Question, Quiz
from tests.exchange.old import Old, counts, course, quiz, submission
from tests.processes import database_url
from tests.waiting import LONG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

COURSES, LEARNERS = 250, ("maria", "ben", "a.b")


@pytest.fixture
def large(old: Old) -> Old:
    old.courses(*(course(number, f"Course {number}") for number in range(1, COURSES + 1)))
    for number in range(1, COURSES + 1):
        data = quiz(f"module_1_{number:08}", course_id=str(number))
        old.quiz(data)
        for learner in LEARNERS:
            old.submission(submission(data, learner))
    return old


def start(folder: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "profai.settings.test",
    }
    command = [sys.executable, "manage.py", "import_json", str(folder)]
    return subprocess.Popen(
        command, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )


def kill_after(process: subprocess.Popen[bytes], model: Any, rows: int) -> None:
    """`kill -9` as soon as so many rows are there."""
    end = time.monotonic() + LONG
    while model.objects.count() < rows and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait(LONG) == -signal.SIGKILL
    # The database notices a moment later that nobody is there any more.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def test_killed_in_courses_in_quizzes_and_in_submissions(large: Old) -> None:
    for model, rows in ((Course, 60), (Quiz, 60), (Attempt, 250)):
        kill_after(start(large.folder), model, rows)
        assert model.objects.count() >= rows
    assert Attempt.objects.count() < len(LEARNERS) * COURSES
    assert start(large.folder).wait(2 * LONG) == 0
    assert Course.objects.count() == COURSES
    assert Topic.objects.count() == 4 * COURSES
    assert Quiz.objects.count() == COURSES
    assert Question.objects.count() == 4 * COURSES
    assert Attempt.objects.count() == len(LEARNERS) * COURSES
    assert Answer.objects.count() == 4 * len(LEARNERS) * COURSES
    kinds = Counter(ImportedRow.objects.values_list("kind", flat=True))
    assert kinds == {
        ImportedKind.COURSE: COURSES,
        ImportedKind.QUIZ: COURSES,
        ImportedKind.SUBMISSION: len(LEARNERS) * COURSES,
        ImportedKind.LEARNER: len(LEARNERS),
    }
    assert large.verify().is_clean
    again = counts(large.take_in())
    assert {name for row in again.values() for name in row} == {"unchanged"}
