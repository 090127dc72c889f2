"""The first page of staff: what waits, what failed, what runs, and how it went lately."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.models import Claim, Course, CourseStatus, Topic
from courses.revisions import propose
from jobs.models import Job, JobStatus
from quizzes.models import Attempt
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import make_job, queries_of
from tests.factories import make_course, make_editor, make_learner, make_teacher, review_all

pytestmark = pytest.mark.django_db
HOME = reverse("admin:index")


def test_a_teacher_sees_what_waits(as_teacher: Client, teacher: User) -> None:
    drafted = make_course("Rivers", owner=teacher)
    Claim.objects.filter(topic__module__course=drafted).update(verdict="contradicted")
    sent = make_course("Lakes", owner=teacher, status=CourseStatus.IN_REVIEW)
    review_all(make_course("Read", owner=teacher, status=CourseStatus.PUBLISHED))
    changed = review_all(make_course("Changed", owner=teacher, status=CourseStatus.PUBLISHED))
    propose(Topic.objects.filter(module__course=changed)[0], {"content": "Shorter."})
    make_course("Old", owner=teacher, status=CourseStatus.ARCHIVED)
    make_course("Of others", owner=make_teacher("other"))
    page = as_teacher.get(HOME)
    found = {one.course.title: one for one in page.context["waiting"]}
    assert list(found) == ["Lakes", "Rivers", "Changed"]
    rivers = found["Rivers"]
    assert (rivers.questions, rivers.sentences, rivers.lessons, rivers.proposals) == (9, 4, 4, 0)
    assert found["Changed"].proposals == 1
    assert reverse("admin:courses_course_desk", args=[sent.pk]) in page.text


def test_outlines_wait_for_who_may_change_them(as_teacher: Client, teacher: User) -> None:
    course = make_course("Seas", owner=teacher, status=CourseStatus.OUTLINED)
    make_course("Of others", owner=make_teacher("other"), status=CourseStatus.OUTLINED)
    page = as_teacher.get(HOME)
    assert list(page.context["outlined"]) == [course]
    assert page.context["waiting"] == []
    assert reverse("admin:courses_course_plan", args=[course.pk]) in page.text


def test_jobs_that_run_and_failed(as_teacher: Client, teacher: User) -> None:
    make_job(teacher, title="Runs", status=JobStatus.PROCESSING, progress=40)
    make_job(teacher, title="Broke", status=JobStatus.FAILED, error="The PDF is empty.")
    old = make_job(teacher, title="Broke long ago", status=JobStatus.FAILED)
    Job.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=60))
    make_job(make_teacher("other"), title="Of others", status=JobStatus.FAILED)
    text = as_teacher.get(HOME).text
    for words in ("Runs", "40%", "Broke", "The PDF is empty.", "tell your administrator"):
        assert words in text
    for words in ("Broke long ago", "Of others"):
        assert words not in text


def test_attempts_and_broken_questions(as_teacher: Client, teacher: User) -> None:
    course = make_course(owner=teacher, modules=1)
    quiz = course.quizzes.earliest("pk")
    for number in range(6):
        learner = make_learner(f"l{number}")
        submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={1: 0})
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=teacher), responses={1: 0})
    long_ago = Attempt.objects.filter(learner__username="l0")
    long_ago.update(submitted_at=timezone.now() - timedelta(days=40))
    page = as_teacher.get(HOME)
    (chart,) = page.context["charts"]
    assert (chart.total, chart.bars[-1].value, chart.bars[-1].height) == (5, 5, 100)
    assert chart.bars[0].height == 0
    assert "More chose \u201cChoice 1.0\u201d (6) than the right answer (0)" in page.text


def test_only_those_who_manage_all_see_costs(
    as_teacher: Client, as_editor: Client, teacher: User
) -> None:
    make_job(teacher, calls=3, tokens_in=1000, tokens_out=200, cost=Decimal("0.5"))
    assert len(as_teacher.get(HOME).context["charts"]) == 1
    _, tokens, cost = as_editor.get(HOME).context["charts"]
    assert (tokens.total, cost.total) == (1200, Decimal("0.5"))
    assert "$0.50" in as_editor.get(HOME).text


def test_tables_of_the_machine_are_for_administrators(
    as_teacher: Client, as_editor: Client, as_superuser: Client
) -> None:
    def listed(client: Client) -> set[str]:
        apps = client.get(HOME).context["app_list"]
        return {model["object_name"] for app in apps for model in app["models"]}

    machine = {"Step", "Passage", "Delivery", "Citation", "KeyTerm", "Job", "Endpoint"}
    machine.add("PersonalToken")
    assert not listed(as_teacher) & machine
    assert {"Course", "Quiz", "Question", "Attempt"} <= listed(as_teacher)
    assert machine <= listed(as_superuser)
    # Editors follow all jobs, and nothing else of the machine.
    assert listed(as_editor) & machine == {"Job"}
    # Programs of one's own are a matter of one's account.
    assert reverse("profile") in as_teacher.get(HOME).text
    assert reverse("admin:webhooks_endpoint_changelist") in as_teacher.get(reverse("profile")).text


def test_steps_are_read_on_the_page_of_their_job(
    as_teacher: Client, as_superuser: Client, teacher: User
) -> None:
    job = make_job(teacher)
    step = job.steps.all()[0]
    page = reverse("admin:jobs_step_change", args=[step.pk])
    own = as_teacher.get(reverse("admin:jobs_job_change", args=[job.pk])).text
    assert step.name in own
    assert page not in own
    assert as_teacher.get(page).status_code == 403
    assert as_superuser.get(page).status_code == 200
    assert "in the queue" not in as_teacher.get(HOME).text
    assert "tell your administrator" in as_teacher.get(HOME).text


def test_staff_without_courses_see_their_pages_only(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    page = client.get(HOME)
    assert page.status_code == 200
    assert "To review" not in page.text


def test_more_courses_take_no_more_queries(as_editor: Client) -> None:
    owner = make_editor("second")
    make_course("One", owner=owner, modules=1)
    before = queries_of(as_editor, HOME)
    for number in range(4):
        make_course(f"More {number}", owner=owner, modules=2)
    assert queries_of(as_editor, HOME) == before
    assert Course.objects.count() == 5
