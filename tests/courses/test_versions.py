"""Versions of texts: who changed what, when and why; nothing that a person wrote is lost."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from courses.differences import MAX_WORDS, difference
from courses.editing import (
    approve_topic,
    confirm_claim,
    edit_course,
    edit_module,
    edit_topic,
    request_check,
)
from courses.models import Claim, Course, Revision, Topic
from courses.revisions import (
    VersionError,
    accept,
    completed,
    content_of,
    propose,
    restore,
    shown,
    undo,
    version_of,
    versions,
)
from courses.services import CourseStateError
from quizzes.editing import ChoiceEdit, approve_question, edit_question, edit_quiz, reject_question
from quizzes.models import Question
from tests.factories import make_course, make_teacher
from tests.queue import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher, modules=1, topics=1, questions=2)


@pytest.fixture
def topic(course: Course) -> Topic:
    return Topic.objects.get(module__course=course)


def test_a_topic_keeps_what_it_was(topic: Topic, teacher: User) -> None:
    words, claims = topic.content, topic.claims.count()
    assert versions(topic).count() == 0
    edited = edit_topic(
        topic=topic, title="Springs", content="A spring. [^1]", by=teacher, reason="Too long."
    )
    newest, first = versions(topic)
    assert (newest.author, newest.action, newest.reason) == (teacher, "edited", "Too long.")
    assert (first.author, first.engine, first.model) == (None, "extractive", "extractive-1")
    assert (first.content["content"], first.content["status"]) == (words, "written")
    assert shown(newest)["Text"] == "A spring. [^1]"
    restored = restore(first, by=teacher)
    assert (restored.content, restored.title, restored.status) == (words, "Topic 1.1", "written")
    assert restored.claims.count() == claims
    assert restored.citations.get().quote.startswith("A spring is where")
    assert versions(topic).count() == 3
    assert version_of(restored) != version_of(edited)


def test_what_changes_nothing_is_no_version(topic: Topic, teacher: User) -> None:
    approve_topic(topic, by=teacher)
    approve_topic(topic, by=teacher)
    assert [one.action for one in versions(topic)] == ["approved", "first version"]


def test_a_refused_edit_leaves_no_version(topic: Topic, teacher: User) -> None:
    with pytest.raises(ValidationError, match="no citation"):
        edit_topic(topic=topic, title="T", content="As told [^7].", by=teacher)
    assert versions(topic).count() == 0


def test_a_sentence_is_confirmed_by_a_person_and_taken_back(topic: Topic, teacher: User) -> None:
    claim = topic.claims.get()
    Claim.objects.filter(pk=claim.pk).update(verdict="not_in_source")
    confirm_claim(claim, by=teacher)
    claim.refresh_from_db()
    assert (claim.verdict, claim.checked_by) == ("stated", "person")
    with pytest.raises(CourseStateError, match="somebody was faster"):
        confirm_claim(claim, by=teacher)
    undo(versions(topic)[0], by=teacher)
    assert topic.claims.get().verdict == "not_in_source"


def test_questions_quizzes_modules_and_courses(course: Course, teacher: User) -> None:
    question = Question.objects.filter(quiz__course=course).earliest("pk")
    right = question.choices.get(is_correct=True).text
    edit_question(
        question=question,
        stem="What feeds a stream?",
        explanation="",
        difficulty="easy",
        bloom="remember",
        choices=[ChoiceEdit("A spring", is_correct=True), ChoiceEdit("A road", is_correct=False)],
        by=teacher,
    )
    approve_question(question, by=teacher)
    reject_question(question, reason="Too easy.", by=teacher)
    rejected, approved, edited, first = versions(question)
    assert (rejected.action, rejected.reason) == ("rejected", "Too easy.")
    assert approved.content["status"] == "approved"
    assert shown(edited)["Choices"] == "right: A spring\nwrong: A road"
    restore(first, by=teacher)
    question.refresh_from_db()
    assert (question.status, question.choices.count()) == ("draft", 4)
    assert question.choices.get(is_correct=True).text == right
    module, quiz = course.modules.get(), course.quizzes.earliest("pk")
    edit_module(module=module, title="Springs", summary="", objectives=["Name one."], by=teacher)
    edit_quiz(quiz=quiz, title="Springs", pass_mark=80, by=teacher)
    edit_course(course=course, title="Springs", description="All of them.", by=teacher)
    for row in (module, quiz, course):
        newest, first = versions(row)
        assert (shown(newest)["Title"], newest.author) == ("Springs", teacher)
        assert restore(first, by=teacher).title != "Springs"


def test_undo_only_what_nothing_followed(topic: Topic, teacher: User) -> None:
    words = topic.content
    edit_topic(topic=topic, title=topic.title, content="Mine.", by=teacher)
    first_change = versions(topic)[0]
    edit_topic(topic=topic, title=topic.title, content="Yours.", by=make_teacher("other"))
    with pytest.raises(VersionError, match="since"):
        undo(first_change, by=teacher)
    undo(versions(topic)[0], by=teacher)
    topic.refresh_from_db()
    assert topic.content == "Mine."
    oldest = versions(topic).last()
    assert oldest is not None
    restore(oldest, by=teacher)
    assert Topic.objects.get(pk=topic.pk).content == words
    with pytest.raises(VersionError):
        undo(oldest, by=teacher)


def test_there_is_nothing_before_the_first_version(topic: Topic, teacher: User) -> None:
    approve_topic(topic, by=teacher)
    versions(topic)[0].delete()
    only = versions(topic).get()
    restore(only, by=teacher)
    Revision.objects.exclude(pk=only.pk).delete()
    with pytest.raises(VersionError, match="nothing before"):
        undo(only, by=teacher)


def test_a_change_without_versions_is_kept_too(topic: Topic, teacher: User) -> None:
    edit_topic(topic=topic, title=topic.title, content="Mine.", by=teacher)
    # As a release before this one does.
    Topic.objects.filter(pk=topic.pk).update(content="Of the release before.")
    approve_topic(topic, by=teacher)
    contents = [one.content["content"] for one in versions(topic)]
    assert contents[:3] == ["Of the release before.", "Of the release before.", "Mine."]


def test_versions_outlive_what_they_are_of(topic: Topic, course: Course, teacher: User) -> None:
    edit_topic(topic=topic, title=topic.title, content="Mine.", by=teacher)
    kept = versions(topic)[0]
    topic.delete()
    with pytest.raises(VersionError, match="was deleted"):
        restore(kept, by=teacher)
    assert shown(kept)["Text"] == "Mine."
    course.delete()
    assert not Revision.objects.exists()


def test_passages_that_are_gone_are_left_out(topic: Topic, teacher: User) -> None:
    edit_topic(topic=topic, title=topic.title, content="Mine.", by=teacher)
    first = versions(topic).last()
    assert first is not None
    topic.citations.get().passage.delete()
    restored = restore(first, by=teacher)
    assert (restored.citations.count(), restored.key_terms.count()) == (0, 0)


def test_one_proposal_at_a_time(topic: Topic) -> None:
    content = {"content": "First"}
    first = propose(topic, content)
    second = propose(topic, {"content": "Second"}, reason="shorter")
    first.refresh_from_db()
    assert (first.state, second.state) == ("declined", "proposed")
    # Nothing has been changed yet.
    assert versions(topic).count() == 0


def test_the_check_of_an_edit_is_part_of_its_version(topic: Topic, teacher: User) -> None:
    before = topic.content
    edit_topic(topic=topic, title="Springs", content="A spring is hot. [^1]", by=teacher)
    job = request_check(topic.pk)
    assert job is not None
    work(job)
    topic.refresh_from_db()
    assert {claim.checked_by for claim in topic.claims.all()} == {"rules"}
    edited, first = versions(topic)
    assert edited.content == content_of(topic)
    assert {one["checked_by"] for one in edited.content["claims"]} == {"rules"}
    assert undo(edited, by=teacher).content == before
    assert [one.action for one in versions(topic)] == ["undone", "edited", "first version"]
    # What nobody kept a version of is not passed off as one.
    topic.refresh_from_db()
    topic.title = "Elsewhere"
    with completed(topic):
        topic.claims.all().delete()
    assert versions(topic)[0].content == first.content


def test_objectives_come_back_with_their_levels(course: Course, teacher: User) -> None:
    module = course.modules.get()
    module.objectives, module.levels = ["Name springs.", "Draw one."], ["remember", "apply"]
    module.save()
    edit_module(module=module, title="M", summary="", objectives=["Draw one."], by=teacher)
    module.refresh_from_db()
    assert module.levels == ["apply"]
    restored = restore(versions(module)[1], by=teacher)
    restored.refresh_from_db()
    assert restored.levelled_objectives == [("Name springs.", "remember"), ("Draw one.", "apply")]


def test_words_of_a_person_leave_no_refused_answer(topic: Topic, teacher: User) -> None:
    def refused() -> str:
        topic.refresh_from_db()
        return topic.refused

    for decide in (
        lambda: edit_topic(topic=topic, title="T", content="A new one. [^1]", by=teacher),
        lambda: approve_topic(topic, by=teacher),
        lambda: accept(propose(topic, content_of(topic)), by=teacher),
    ):
        Topic.objects.filter(pk=topic.pk).update(refused="{")
        assert refused() == "{"
        decide()
        assert refused() == ""


def test_differences_word_by_word() -> None:
    found = [(one.state, one.text) for one in difference("Ice floats, too.", "Ice sinks, too.")]
    assert found == [
        ("same", "Ice "),
        ("gone", "floats"),
        ("new", "sinks"),
        ("same", ", too."),
    ]
    long = "word and " * MAX_WORDS
    lines = difference(f"{long}\none\n", f"{long}\ntwo\n")
    assert [one.state for one in lines] == ["same", "gone", "new"]
