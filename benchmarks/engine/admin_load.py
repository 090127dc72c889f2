"""How much slower the staff's lists are with 10,000 courses than with 100.

A course has a module, a topic, a quiz of ten questions and ten attempts with ten answers each: a
million answers in all. Rows are made in the database, and pages asked for in this process.
"""

from __future__ import annotations

import time
from statistics import median

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.report import Result, write_result
from courses.models import Course, CourseStatus, Module, Topic, TopicStatus
from profai.roles import ensure_groups
from quizzes.models import Quiz, QuizStatus

SMALL, LARGE, ROUNDS = 100, 10_000, 5
GOAL = 3.0
LEARNERS, BATCH = 10, 2000
LISTS = ("courses_course", "courses_topic", "quizzes_quiz", "quizzes_question", "quizzes_attempt")
# The rows below a quiz; %s is the last quiz that had them before.
ROWS = (
    """INSERT INTO quizzes_question (quiz_id, position, kind, format, body, stem, explanation,
         difficulty, bloom, quote, support, check_results, status)
       SELECT q.id, n, 'definition', 'single', '{}', 'What is spring ' || n || ' of ' || q.id, '',
         'medium', 'remember', '', 1, '[]', 'approved'
       FROM quizzes_quiz q, generate_series(1, 10) n WHERE q.id > %s""",
    """INSERT INTO quizzes_choice (question_id, position, text, feedback, is_correct)
       SELECT one.id, n, 'Choice ' || n, '', n = 0
       FROM quizzes_question one, generate_series(0, 3) n WHERE one.quiz_id > %s""",
    """INSERT INTO quizzes_attempt (id, quiz_id, learner_id, pass_mark, started_at, submitted_at,
         correct, points, total, percentage, passed)
       SELECT gen_random_uuid(), q.id, l.id, 60, now() - interval '2 days', now(), 5, 5, 10, 50,
         false
       FROM quizzes_quiz q, auth_user l WHERE q.id > %s AND NOT l.is_staff""",
    """INSERT INTO quizzes_answer (attempt_id, position, question_id, asked, chosen, is_correct,
         score)
       SELECT a.id, q.position, q.id, jsonb_build_object('format', 'single', 'stem', q.stem,
         'choices', jsonb_build_array('Choice 0', 'Choice 1', 'Choice 2', 'Choice 3'),
         'correct', 0, 'feedback', '[]'::jsonb), q.position %% 4,
         q.position %% 4 = 0, (q.position %% 4 = 0)::int
       FROM quizzes_attempt a JOIN quizzes_question q USING (quiz_id) WHERE a.quiz_id > %s""",
)


def run() -> None:
    ensure_groups()
    chief = User.objects.create_superuser("chief", password="no secret here")  # noqa: S106
    for number in range(LEARNERS):
        User.objects.create_user(f"learner{number}")
    client = Client()
    client.force_login(chief)
    pages = {name.partition("_")[2]: reverse(f"admin:{name}_changelist") for name in LISTS}
    pages["home"] = reverse("admin:index")
    make(SMALL, chief)
    small = {name: _seconds(client, address) for name, address in pages.items()}
    make(LARGE - SMALL, chief)
    large = {name: _seconds(client, address) for name, address in pages.items()}
    ratios = {name: large[name] / small[name] for name in pages}
    worst = max(ratios, key=lambda name: ratios[name])
    write_result(
        Result(
            id="admin-load",
            value=round(ratios[worst], 2),
            unit=f"times ({worst})",
            goal=f"<= {GOAL}",
            holds=ratios[worst] <= GOAL,
            yardstick=f"the same page with {SMALL} courses, same run",
            runs=ROUNDS,
            parts={
                name: f"{1000 * small[name]:.0f} ms, then {1000 * large[name]:.0f} ms"
                for name in pages
            },
        )
    )


def make(count: int, owner: User) -> None:
    before = Quiz.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    start = Course.objects.count()
    for first in range(start, start + count, BATCH):
        _make_courses(range(first, min(first + BATCH, start + count)), owner)
    with connection.cursor() as cursor:
        for sql in ROWS:
            cursor.execute(sql, [before])
        cursor.execute("ANALYZE")


def _make_courses(numbers: range, owner: User) -> None:
    courses = Course.objects.bulk_create(
        Course(
            title=f"Course {number}",
            slug=f"course-{number}",
            owner=owner,
            status=CourseStatus.PUBLISHED,
            published_at=timezone.now(),
        )
        for number in numbers
    )
    modules = Module.objects.bulk_create(
        Module(course=course, position=1, title=f"Module of {course}") for course in courses
    )
    Topic.objects.bulk_create(
        Topic(
            module=module,
            position=1,
            title=f"Topic of {module}",
            content="A spring.",
            status=TopicStatus.APPROVED,
        )
        for module in modules
    )
    Quiz.objects.bulk_create(
        Quiz(
            course=module.course,
            module=module,
            title=f"Quiz of {module}",
            status=QuizStatus.READY,
        )
        for module in modules
    )


def _seconds(client: Client, address: str) -> float:
    """The median time of the page, once its caches are filled."""
    client.get(address)
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get(address)
        times.append(time.perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")
    return median(times)
