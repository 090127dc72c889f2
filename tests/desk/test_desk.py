"""The review desk without a browser: its forms work without JavaScript."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from courses.editing import approve_topic, edit_topic
from courses.models import Claim, Course, CourseStatus, Topic, UnsavedText
from courses.revisions import accept, content_of, proposal_for, propose, version_of, versions
from jobs.models import Job, JobStatus
from quizzes.editing import approve_question
from quizzes.models import Question
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import queries_of
from tests.factories import make_course, make_editor, make_learner, make_teacher

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher, modules=1, topics=1, questions=2, asks_drafts=False)


@pytest.fixture
def topic(course: Course) -> Topic:
    return Topic.objects.get(module__course=course)


@pytest.fixture
def question(course: Course) -> Question:
    return Question.objects.filter(quiz__course=course, quiz__module__isnull=False).earliest("pk")


def at(course: Course, item: str = "", **values: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"item": item, **values}.items())
    return f"{reverse('admin:courses_course_desk', args=[course.pk])}?{query}"


def act(client: Client, course: Course, action: str, row: Any, **values: str) -> Any:
    kind = type(row).__name__.lower()
    subject = row.topic if isinstance(row, Claim) else row
    data = {"item": f"{kind}-{row.pk}", "version": version_of(subject), **values}
    address = reverse("admin:courses_course_desk_act", args=[course.pk, action])
    return client.post(address, data, follow=True)


def edited(question: Question, **values: str) -> dict[str, str]:
    """What the form of a single choice sends."""
    rows = {f"choices-{n}-text": choice.text for n, choice in enumerate(question.choices.all())}
    right = next(n for n, one in enumerate(question.choices.all()) if one.is_correct)
    plain = {
        name: getattr(question, name) for name in ("stem", "explanation", "difficulty", "bloom")
    }
    return {**plain, **rows, "choices-right": str(right), **values}


def test_it_opens_at_the_first_thing_to_do(
    as_teacher: Client, course: Course, topic: Topic
) -> None:
    claim = topic.claims.get()
    Claim.objects.filter(pk=claim.pk).update(verdict="contradicted", reason="It says 4, not 40.")
    page = as_teacher.get(at(course))
    assert page.context["item"].key == f"claim-{claim.pk}"
    assert "It says 4, not 40." in page.text
    assert '<mark id="here">A spring is where groundwater 1.1 comes to the surface.' in page.text
    assert "<mark>A spring is where groundwater 1.1 comes to the surface.</mark>" in page.text
    # The sentence, its lesson, two questions of the module, two of the final quiz.
    assert "0 of 6 reviewed" in page.text
    confirmed = act(as_teacher, course, "approve", claim)
    assert "The sentence is confirmed." in confirmed.text
    assert "1 of 6 reviewed" in confirmed.text
    assert confirmed.context["item"].key == f"topic-{topic.pk}"


def test_approving_leads_to_what_is_open_next(
    as_teacher: Client, course: Course, topic: Topic
) -> None:
    page = act(as_teacher, course, "approve", topic)
    seen = [page.context["item"].key]
    for _ in range(4):
        row = Question.objects.get(pk=page.context["item"].pk)
        page = act(as_teacher, course, "approve", row)
        seen.append(page.context["item"].key)
    assert len(set(seen)) == 4
    assert "5 of 5 reviewed" in page.text
    assert set(Question.objects.values_list("status", flat=True)) == {"approved"}
    assert versions(topic)[0].author is not None


def test_rejecting_needs_a_reason(as_teacher: Client, course: Course, question: Question) -> None:
    assert "Say why" in act(as_teacher, course, "reject", question, reason=" ").text
    question.refresh_from_db()
    assert question.status == "draft"
    page = act(as_teacher, course, "reject", question, reason="Unclear.")
    question.refresh_from_db()
    assert question.status == "rejected"
    assert question.check_results[-1]["message"] == "Unclear."
    assert "not used any more" in page.text


def test_a_lesson_is_not_rejected(as_teacher: Client, course: Course, topic: Topic) -> None:
    assert "is not rejected" in act(as_teacher, course, "reject", topic, reason="x").text


def test_undo_takes_back_one_after_another(
    as_teacher: Client, course: Course, topic: Topic, question: Question
) -> None:
    page = act(as_teacher, course, "approve", topic)
    page = act(as_teacher, course, "reject", question, reason="Unclear.", undo=page.context["undo"])
    assert page.context["undo"].count(",") == 1
    undo = reverse("admin:courses_course_desk_act", args=[course.pk, "undo"])
    page = as_teacher.post(undo, {"undo": page.context["undo"]}, follow=True)
    question.refresh_from_db()
    assert (question.status, page.context["item"].pk) == ("draft", question.pk)
    page = as_teacher.post(undo, {"undo": page.context["undo"]}, follow=True)
    topic.refresh_from_db()
    assert (topic.status, page.context["undo"]) == ("written", "")
    assert "nothing to undo" in as_teacher.post(undo, {}, follow=True).text


def test_undo_of_what_somebody_else_did_is_refused(
    as_teacher: Client, course: Course, topic: Topic
) -> None:
    approve_topic(topic, by=make_editor())
    undo = reverse("admin:courses_course_desk_act", args=[course.pk, "undo"])
    page = as_teacher.post(undo, {"undo": str(versions(topic)[0].pk)}, follow=True)
    assert "not done by you" in page.text


def test_editing_in_place(
    as_teacher: Client, course: Course, topic: Topic, question: Question
) -> None:
    form = as_teacher.get(at(course, f"question-{question.pk}", edit="1"))
    assert (
        'type="radio" name="choices-right" value="1" aria-label="Right, row 2" checked' in form.text
    )
    page = act(
        as_teacher, course, "edit", question, **edited(question, stem="What feeds a stream?")
    )
    question.refresh_from_db()
    assert (question.stem, question.status) == ("What feeds a stream?", "edited")
    assert page.context["item"].pk == question.pk
    page = act(as_teacher, course, "edit", topic, title="Springs", content="A spring. [^1]")
    topic.refresh_from_db()
    assert (topic.title, topic.content, topic.status) == ("Springs", "A spring. [^1]", "edited")


def test_a_form_with_errors_comes_back_as_it_was(
    as_teacher: Client, course: Course, topic: Topic, question: Question
) -> None:
    page = act(as_teacher, course, "edit", topic, title="Springs", content="As told. [^9]")
    assert "no citation for [^9]" in page.text
    assert "As told. [^9]" in page.text
    sent = edited(question, **{"choices-right": "", "stem": "Mine?"})
    page = act(as_teacher, course, "edit", question, **sent)
    assert "Mark exactly one choice" in page.text
    assert page.context["form"]["stem"].value() == "Mine?"
    question.refresh_from_db()
    assert question.status == "draft"


def test_a_corrected_key_asks_what_becomes_of_attempts(
    as_teacher: Client, course: Course, question: Question
) -> None:
    for one in Question.objects.filter(quiz=question.quiz):
        approve_question(one)
    submit_attempt(
        attempt=start_attempt(quiz=question.quiz, learner=make_learner()), responses={1: 0}
    )
    question.refresh_from_db()
    sent = edited(question, **{"choices-right": "0"})
    page = act(as_teacher, course, "edit", question, **sent)
    assert "The right answer changes" in page.text
    assert 'name="regrade" value="all"' in page.text
    page = act(as_teacher, course, "edit", question, **sent, regrade="all")
    question.refresh_from_db()
    assert question.choices.get(is_correct=True).position == 0


def test_a_second_editor_sees_both_and_merges(
    as_teacher: Client, course: Course, topic: Topic
) -> None:
    opened = version_of(topic)
    edit_topic(topic=topic, title=topic.title, content="Theirs. [^1]", by=make_editor())
    page = act(
        as_teacher, course, "edit", topic, title=topic.title, content="Mine.", version=opened
    )
    assert page.status_code == 409
    assert "Somebody changed this after you opened it" in page.text
    assert "<del>Mine</del><ins>Theirs</ins>" in unescape(page.text)
    assert page.context["form"]["content"].value() == "Mine."
    topic.refresh_from_db()
    assert topic.content == "Theirs. [^1]"
    merged = {"title": topic.title, "content": "Theirs. [^1] Mine."}
    act(as_teacher, course, "edit", topic, **merged, version=page.context["version"])
    topic.refresh_from_db()
    assert topic.content == "Theirs. [^1] Mine."


def test_nobody_approves_what_they_have_not_seen(
    as_teacher: Client, course: Course, topic: Topic
) -> None:
    opened = version_of(topic)
    edit_topic(topic=topic, title=topic.title, content="Theirs.", by=make_editor())
    page = act(as_teacher, course, "approve", topic, version=opened)
    assert "read it as it is now" in page.text
    topic.refresh_from_db()
    assert topic.status == "edited"


def test_typed_text_is_kept_until_it_is_saved(
    as_teacher: Client, course: Course, topic: Topic, teacher: User
) -> None:
    values = {"title": "Springs", "content": "Half a sen"}
    assert act(as_teacher, course, "keep", topic, **values).status_code == 204
    assert act(as_teacher, course, "keep", topic, **values).status_code == 204
    page = as_teacher.get(at(course, f"topic-{topic.pk}"))
    assert "You have unsaved text here" in page.text
    form = as_teacher.get(at(course, f"topic-{topic.pk}", edit="1"))
    assert form.context["form"]["content"].value() == "Half a sen"
    assert "it is not saved yet" in form.text
    edit_topic(topic=topic, title=topic.title, content="Theirs.", by=make_editor())
    form = as_teacher.get(at(course, f"topic-{topic.pk}", edit="1"))
    assert "Somebody changed this after you opened it" in form.text
    assert "Theirs" in form.text
    topic.refresh_from_db()
    act(as_teacher, course, "edit", topic, title="Springs", content="A whole sentence.")
    assert not UnsavedText.objects.exists()
    too_long = {"title": "T", "content": "x" * 200_001}
    assert act(as_teacher, course, "keep", topic, **too_long).status_code == 400


def test_a_change_of_a_published_course_waits_for_the_next_publication(
    as_teacher: Client, course: Course, topic: Topic, question: Question, teacher: User
) -> None:
    Course.objects.update(status=CourseStatus.PUBLISHED, published_at="2026-01-01T00:00Z")
    words = topic.content
    act(
        as_teacher,
        course,
        "edit",
        topic,
        title="Springs",
        content="New words of a person.",
        later="1",
    )
    act(as_teacher, course, "edit", question, **edited(question, stem="What is new?"), later="1")
    topic.refresh_from_db()
    question.refresh_from_db()
    assert (topic.content, topic.title) == (words, "Topic 1.1")
    assert question.stem != "What is new?"
    ready = as_teacher.get(reverse("admin:courses_course_ready", args=[course.pk]))
    assert len(ready.context["changes"]) == 2
    publish = reverse("admin:courses_course_publish_changes", args=[course.pk])
    assert as_teacher.post(publish).status_code == 302
    topic.refresh_from_db()
    question.refresh_from_db()
    assert (topic.content, topic.title, topic.status) == (
        "New words of a person.",
        "Springs",
        "approved",
    )
    assert (question.stem, question.status) == ("What is new?", "approved")
    assert topic.claims.get(place="sentence").text == "New words of a person."
    assert "no changes to publish" in as_teacher.post(publish, follow=True).text


def test_proposals_are_taken_or_left(
    as_teacher: Client, course: Course, topic: Topic, question: Question
) -> None:
    propose(topic, content_of(topic) | {"content": "Shorter."}, reason="shorter", model="m-1")
    page = as_teacher.get(at(course, f"topic-{topic.pk}"))
    assert "shorter" in page.text
    assert "Shorter" in page.text
    act(as_teacher, course, "accept", topic)
    topic.refresh_from_db()
    assert (topic.content, topic.status) == ("Shorter.", "approved")
    assert "no proposal here any more" in act(as_teacher, course, "accept", topic).text
    propose(question, content_of(question) | {"stem": "Another?"})
    act(as_teacher, course, "decline", question)
    question.refresh_from_db()
    assert question.stem != "Another?"
    assert proposal_for(question) is None


def test_asking_for_a_new_text(
    as_teacher: Client, course: Course, topic: Topic, question: Question
) -> None:
    refused = act(as_teacher, course, "regenerate", topic, instruction="shorter")
    assert "Without a language model" in refused.text
    page = act(as_teacher, course, "regenerate", topic)
    assert "being written again" in page.text
    assert page.context["waiting"] == Job.objects.get()
    assert "Another job" in act(as_teacher, course, "regenerate", question).text
    fail(Job.objects.get(), "No passage is left.")
    assert "could not be made again. No passage is left." in at_item(as_teacher, course, topic)
    assert "Another question" in act(as_teacher, course, "regenerate", question).text
    job = Job.objects.get(kind="question")
    fail(job, "No other question passes the checks.")
    assert "No other question passes the checks." in at_item(as_teacher, course, question)
    assert "No other question" not in at_item(as_teacher, course, topic)


def fail(job: Job, error: str) -> None:
    Job.objects.filter(pk=job.pk).update(
        status=JobStatus.FAILED, error=error, started_at=Now(), completed_at=Now()
    )


def at_item(client: Client, course: Course, row: Topic | Question) -> str:
    kind = "topic" if isinstance(row, Topic) else "question"
    return str(client.get(at(course, f"{kind}-{row.pk}")).text)


def test_a_wish_is_asked_for_only_where_it_can_be_followed(
    as_teacher: Client, course: Course, topic: Topic, settings: Settings
) -> None:
    assert "so no wish can be followed" in at_item(as_teacher, course, topic)
    settings.COURSE_ENGINE = "llm"
    page = at_item(as_teacher, course, topic)
    assert "What should be otherwise?" in page
    assert "so no wish" not in page


def test_what_is_gone_is_said(as_teacher: Client, course: Course, question: Question) -> None:
    address = reverse("admin:courses_course_desk_act", args=[course.pk, "approve"])
    for item in (f"question-{question.pk + 999}", "claim-x", "", "topic-9999999999999999999"):
        page = as_teacher.post(address, {"item": item, "version": "x"}, follow=True)
        assert "This was deleted" in page.text
    assert as_teacher.get(address).status_code == 302
    other = reverse("admin:courses_course_desk_act", args=[course.pk, "explode"])
    assert as_teacher.post(other).status_code == 404


def test_only_for_those_who_may_change_the_course(course: Course, topic: Topic) -> None:
    client = Client()
    client.force_login(make_teacher("stranger"))
    assert client.get(at(course)).status_code == 404
    address = reverse("admin:courses_course_desk_act", args=[course.pk, "approve"])
    data = {"item": f"topic-{topic.pk}", "version": version_of(topic)}
    assert client.post(address, data).status_code == 404
    topic.refresh_from_db()
    assert topic.status == "written"
    other = make_course("Other", owner=make_teacher("somebody"))
    client.force_login(User.objects.get(username="teacher"))
    foreign = Topic.objects.filter(module__course=other).earliest("pk")
    data = {"item": f"topic-{foreign.pk}", "version": version_of(foreign)}
    assert "This was deleted" in client.post(address, data, follow=True).text
    foreign.refresh_from_db()
    assert foreign.status == "written"


def test_a_large_course_takes_as_many_queries(as_teacher: Client, teacher: User) -> None:
    small = make_course("Small", owner=teacher, modules=1, topics=1, questions=1)
    large = make_course("Large", owner=teacher, modules=4, topics=4, questions=8)
    assert queries_of(as_teacher, at(large)) == queries_of(as_teacher, at(small))


def test_an_empty_course(as_teacher: Client, teacher: User) -> None:
    course = Course.objects.create(title="Empty", owner=teacher, status=CourseStatus.DRAFT)
    assert "Nothing to review" in as_teacher.get(at(course)).text


def test_versions_are_shown_and_put_back(
    as_teacher: Client, course: Course, topic: Topic, teacher: User
) -> None:
    words = topic.content
    edit_topic(topic=topic, title=topic.title, content="Mine.", by=teacher, reason="Too long.")
    proposal = propose(topic, content_of(topic) | {"content": "Theirs."}, model="m-1")
    address = reverse("admin:courses_course_versions", args=[course.pk, "topic", topic.pk])
    page = as_teacher.get(address)
    for said in ("edited", "Too long.", "first version", "m-1", "by <bdi>teacher</bdi>"):
        assert said in page.text
    first = versions(topic).last()
    assert first is not None
    assert "is back" in as_teacher.post(address, {"version": first.pk}, follow=True).text
    topic.refresh_from_db()
    assert topic.content == words
    assert as_teacher.post(address, {"version": "7x"}).status_code == 404
    accept(proposal, by=teacher)
    topic.delete()
    assert "was deleted" in as_teacher.post(address, {"version": first.pk}, follow=True).text
    wrong = reverse("admin:courses_course_versions", args=[course.pk, "secret", 1])
    assert as_teacher.get(wrong).status_code == 404
