"""What staff see of a course that a language model wrote: doubts first, and the cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from courses.models import Claim, Course, Topic, Verdicts
from jobs.models import Job, JobStatus
from quizzes.models import Choice, Question
from tests.admin.rows import make_job
from tests.factories import make_course, make_teacher

FLAG = "The material is thin here. It says nothing on tides."


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher)


@pytest.fixture
def topic(course: Course) -> Topic:
    topic = Topic.objects.filter(module__course=course).earliest("pk")
    topic.flags = [FLAG]
    topic.dropped_citations = 2
    topic.save()
    say(topic, "A spring is cold <b>water</b>.", Verdicts.STATED, citations=[1])
    say(topic, "It feeds a stream.", Verdicts.NOT_CHECKED)
    say(topic, "The moon makes the tides.", Verdicts.NOT_IN_SOURCE, reason="No \u201cmoon\u201d.")
    return topic


def say(topic: Topic, text: str, verdict: Verdicts, **values: Any) -> Claim:
    position = topic.claims.count() + 1
    return Claim.objects.create(
        topic=topic, position=position, place="sentence", text=text, verdict=verdict, **values
    )


@pytest.fixture
def job(course: Course, teacher: User) -> Job:
    job = make_job(
        teacher,
        status=JobStatus.COMPLETED,
        parameters={"course": course.pk},
        calls=1234,
        tokens_in=56789,
        tokens_out=4321,
        cost=Decimal("1.2345"),
    )
    job.steps.filter(status="completed").update(calls=7, tokens_in=70, tokens_out=30, cost="0.004")
    return job


def read(client: Client, row: Course | Topic | Question | Job) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return client.get(reverse(name, args=[row.pk])).text


def test_a_topic_shows_its_flags_and_the_sentences_to_check(
    as_teacher: Client, topic: Topic
) -> None:
    text = read(as_teacher, topic)
    assert FLAG in text
    assert "2 citations named no passage that was handed in and were dropped." in text
    beside = text[text.index("Sentences to check") :]
    assert "The moon makes the tides." in beside
    assert "cites nothing" in beside
    assert "not in the source" in beside
    assert "No \u201cmoon\u201d." in beside
    assert "checked by rules" in beside
    for text_of_others in ("A spring is cold", "It feeds a stream."):
        assert text_of_others not in beside.split("<h2>Citations")[0]


def test_a_topic_without_doubt_says_that_checks_miss_faults(
    as_teacher: Client, topic: Topic
) -> None:
    topic.claims.filter(verdict=Verdicts.NOT_IN_SOURCE).delete()
    text = read(as_teacher, topic)
    assert "No sentence is doubted. Checks miss faults" in text
    assert "Sentences to check" not in text


def test_the_course_shows_flags_of_its_topics(as_teacher: Client, topic: Topic) -> None:
    text = read(as_teacher, topic.module.course)
    assert FLAG in text
    assert "1 to check" in text


def test_one_dropped_citation_is_said_in_the_singular(as_teacher: Client, topic: Topic) -> None:
    Topic.objects.filter(pk=topic.pk).update(dropped_citations=1)
    assert "1 citation named no passage that was handed in and was dropped." in read(
        as_teacher, topic
    )


def test_a_question_shows_why_each_wrong_choice_is_wrong(
    as_teacher: Client, course: Course
) -> None:
    question = Question.objects.filter(quiz__course=course).earliest("pk")
    Choice.objects.filter(question=question, is_correct=False).update(feedback="That is a lake.")
    assert read(as_teacher, question).count("That is a lake.") == 3


def test_a_job_shows_calls_tokens_and_cost_by_step(as_teacher: Client, job: Job) -> None:
    text = read(as_teacher, job)
    for words in ("1,234", "56,789 in, 4,321 out", "$1.23", "$0.00400"):
        assert words in text


def test_a_job_without_prices_says_so_rather_than_nothing(as_teacher: Client, job: Job) -> None:
    Job.objects.update(cost=0)
    assert "no price set" in read(as_teacher, job)


def test_the_course_says_what_it_cost(as_teacher: Client, course: Course) -> None:
    Course.objects.update(calls=1240, cost=Decimal("1.7345"))
    text = read(as_teacher, course)
    assert "1,240 calls" in text
    assert "$1.73" in text


def test_the_api_tells_usage_to_those_who_may_change_the_course(
    as_teacher: Client, course: Course, client: Client
) -> None:
    used = {"calls": 1234, "tokens_in": 56789, "tokens_out": 4321, "cost": Decimal("1.2345")}
    Course.objects.update(**used)
    address = f"/api/courses/{course.slug}/usage/"
    assert as_teacher.get(address).json() == {
        "calls": 1234,
        "tokens_in": 56789,
        "tokens_out": 4321,
        "cost": "1.234500",
    }
    client.force_login(make_teacher("another"))
    assert client.get(address).status_code == 404


# --- written again


def test_a_topic_is_written_again_from_its_page(as_teacher: Client, topic: Topic) -> None:
    address = reverse("admin:courses_topic_change", args=[topic.pk])
    form = {"title": topic.title, "content": topic.content, "_rewrite": "Write again"}
    answer = as_teacher.post(address, form)
    job = Job.objects.get()
    assert (job.kind, job.requested_by) == ("rewrite", topic.module.course.owner)
    assert answer["Location"] == reverse("admin:jobs_job_change", args=[job.pk])
    assert Topic.objects.get(pk=topic.pk).flags == [FLAG]
    logged = LogEntry.objects.count()
    busy = as_teacher.post(address, form | {"title": "My title"})
    assert "Another job works on this course" in busy.text
    assert 'value="My title"' in busy.text
    assert LogEntry.objects.count() == logged
    assert Topic.objects.get(pk=topic.pk).title == topic.title
    assert Job.objects.count() == 1


def test_a_quiz_is_made_again_from_its_page(as_teacher: Client, course: Course) -> None:
    quiz = course.quizzes.get(module=None)
    address = reverse("admin:quizzes_quiz_change", args=[quiz.pk])
    assert "Make the questions again" in as_teacher.get(address).text
    form = {"title": quiz.title, "pass_mark": 60, "_rewrite": "1"}
    answer = as_teacher.post(address, form)
    job = Job.objects.get()
    assert (job.kind, answer["Location"]) == (
        "quiz",
        reverse("admin:jobs_job_change", args=[job.pk]),
    )
    logged = LogEntry.objects.count()
    busy = as_teacher.post(address, form | {"title": "My title"})
    assert "Another job" in busy.text
    assert 'value="My title"' in busy.text
    assert LogEntry.objects.count() == logged
