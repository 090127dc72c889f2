"""Whole data sets: taken in, again, after a change, after an edit, compared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections

from courses.models import Course, CourseStatus, Module, Topic, TopicStatus
from courses.services import delete_course
from exchange.models import ImportedRow
from exchange.old_json.report import Level
from exchange.old_json.service import LOCK, ImportBusyError
from quizzes.editing import ChoiceEdit, edit_question
from quizzes.models import Answer, Attempt, Choice, Question, QuestionStatus, Quiz, QuizStatus
from tests.exchange.old import Old, answer_key, counts, course, question, quiz, said, submission
from tests.factories import make_teacher

pytestmark = pytest.mark.django_db

MODELS = (Course, Module, Topic, Quiz, Question, Choice, Attempt, Answer, User, ImportedRow)
WHOLE = {
    "course": 1,
    "module": 2,
    "topic": 4,
    "quiz": 1,
    "question": 4,
    "answer key": 1,
    "submission": 1,
    "answer": 4,
    "learner": 1,
}


def outcome(name: str) -> dict[str, dict[str, int]]:
    return {kind: {name: number} for kind, number in WHOLE.items()}


def rows() -> dict[str, list[object]]:
    """Everything there is, but for the times of the import's own notes."""
    return {
        model.__name__: [
            {k: v for k, v in one.items() if k not in {"changed_at", "updated_at"}}
            for one in model.objects.order_by("pk").values()
        ]
        for model in MODELS
    }


def test_a_data_set_becomes_courses_quizzes_and_attempts(old: Old) -> None:
    old.whole()
    owner = make_teacher()
    report = old.take_in(owner=owner)
    assert report.is_clean
    assert said(report) == []
    assert counts(report) == outcome("created")
    made = Course.objects.get()
    assert (made.title, made.status, made.owner) == ("Rivers", CourseStatus.DRAFT, owner)
    topics = Topic.objects.order_by("module__position", "position")
    assert [t.title for t in topics] == ["Topic 1.1", "Topic 1.2", "Topic 2.1", "Topic 2.2"]
    assert topics[0].content == "All about **1.1**."
    assert topics[0].status == TopicStatus.WRITTEN
    its_quiz = Quiz.objects.get()
    assert (its_quiz.course, its_quiz.module) == (made, made.modules.get(position=1))
    assert its_quiz.status == QuizStatus.READY
    first = its_quiz.questions.order_by("position")[0]
    assert first.topic == topics[0]
    assert first.choices.get(is_correct=True).text.endswith("1B")


def test_an_attempt_has_score_time_and_what_was_asked(old: Old) -> None:
    old.whole()
    old.take_in()
    attempt = Attempt.objects.get()
    assert (attempt.correct, attempt.total, attempt.percentage, attempt.passed) == (3, 4, 75, True)
    assert attempt.submitted_at == datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    assert attempt.started_at == attempt.submitted_at
    answers = list(attempt.answers.order_by("position"))
    assert [one.chosen for one in answers] == [1, 2, 3, 1]
    assert [one.is_correct for one in answers] == [True, True, True, False]
    assert answers[0].asked["stem"] == "What is number 1?"


def test_learners_become_accounts_that_nobody_can_use(old: Old) -> None:
    old.whole()
    old.take_in()
    learner = Attempt.objects.get().learner
    assert (learner.first_name, learner.is_active) == ("maria", False)
    assert not learner.has_usable_password()


def test_a_second_run_changes_nothing(old: Old) -> None:
    old.whole()
    old.take_in()
    before = rows()
    report = old.take_in()
    assert counts(report) == outcome("unchanged")
    assert report.is_clean
    assert rows() == before


def test_a_dry_run_says_the_same_and_writes_nothing(old: Old) -> None:
    old.whole()
    report = old.take_in(dry_run=True)
    assert counts(report) == outcome("created")
    assert not any(model.objects.exists() for model in MODELS)
    assert counts(old.take_in()) == outcome("created")


def test_verify_finds_everything_as_it_is_in_the_files(old: Old) -> None:
    old.whole()
    old.take_in()
    before = rows()
    report = old.verify()
    assert report.is_clean
    expected = {k: v for k, v in outcome("unchanged").items() if k not in ("answer key", "learner")}
    assert counts(report) == expected
    assert rows() == before


def test_verify_says_what_is_not_here(old: Old) -> None:
    old.whole()
    report = old.verify()
    assert not report.is_clean
    assert all(line.endswith("It is not here.") for line in said(report, Level.DIFFERENT))
    assert counts(report)["question"] == {"different": 4}


def test_verify_says_what_was_edited_deleted_or_changed_in_the_file(old: Old) -> None:
    data = old.whole()
    old.take_in()
    Topic.objects.filter(title="Topic 1.1").update(content="Mine.")
    Module.objects.get(position=2).delete()
    Choice.objects.filter(question__position=2, is_correct=True).update(text="Another")
    Answer.objects.filter(position=1).update(chosen=0)
    old.quiz(data | {"title": "Another title"})
    lines = [line.partition(" ")[2] for line in said(old.verify(), Level.DIFFERENT)]
    assert [line.partition(" record 1")[2].lstrip(", ") for line in lines] == [
        "week 1, topic 1: It was edited here.",
        "week 2: It was deleted here.",
        "week 2, topic 1: It was deleted here.",
        "week 2, topic 2: It was deleted here.",
        ": The file has changed since it was imported.",
        "module_1_0000000a_q2: It was edited here.",
        ": It was edited here.",
    ]


def test_verify_says_when_an_attempt_went_to_another_learner(old: Old) -> None:
    old.whole()
    old.take_in()
    Attempt.objects.update(learner=make_teacher())
    assert "It is not an attempt of maria." in said(old.verify(), Level.DIFFERENT)[0]


def test_what_changed_in_a_file_is_updated(old: Old) -> None:
    data = old.whole()
    old.take_in()
    changed = course() | {"course_title": "Rivers and lakes"}
    changed["modules"][0]["sub_topics"][0]["content"] = "New."
    changed["modules"].append({"week": 3, "title": "Seas", "sub_topics": [{"title": "Salt"}]})
    old.courses(changed)
    data["questions"][0]["question_text"] = "What else?"
    data["questions"].append(question(data["quiz_id"], 5))
    old.quiz(data | {"total_questions": 5})
    old.key(answer_key(data))
    report = old.take_in()
    assert report.is_clean
    assert counts(report) == outcome("unchanged") | {
        "course": {"updated": 1},
        "module": {"unchanged": 2, "created": 1},
        "topic": {"unchanged": 3, "updated": 1, "created": 1},
        "quiz": {"unchanged": 1},
        "question": {"unchanged": 3, "updated": 1, "created": 1},
        "answer key": {"updated": 1},
    }
    assert Course.objects.get().title == "Rivers and lakes"
    assert Topic.objects.get(title="Topic 1.1").content == "New."
    assert Question.objects.filter(stem="What else?").count() == 1
    assert Question.objects.count() == 5
    # What was asked then is kept.
    assert Answer.objects.get(position=1).asked["stem"] == "What is number 1?"
    assert counts(old.take_in())["course"] == {"unchanged": 1}


def test_a_submission_that_changed_in_its_file_is_scored_again(old: Old) -> None:
    data = old.whole()
    old.take_in()
    old.submission(submission(data, right=4))
    assert counts(old.take_in())["submission"] == {"updated": 1}
    assert Attempt.objects.get().correct == 4
    assert [one.is_correct for one in Answer.objects.order_by("position")] == [True] * 4
    assert old.verify().is_clean


def test_a_later_submission_of_the_same_learner_is_another_attempt(old: Old) -> None:
    data = old.whole()
    old.take_in()
    old.submission(submission(data, right=1) | {"submitted_at": "2024-06-01T00:00:00"})
    assert counts(old.take_in())["submission"] == {"created": 1}
    assert [one.correct for one in Attempt.objects.order_by("submitted_at")] == [3, 1]
    assert User.objects.count() == 1


def test_what_a_person_edited_is_kept_and_reported(old: Old) -> None:
    data = old.whole()
    old.take_in()
    Topic.objects.filter(title="Topic 1.1").update(content="Mine.", status=TopicStatus.EDITED)
    mine = Question.objects.get(position=1)
    options = [ChoiceEdit("Yes", is_correct=True), ChoiceEdit("No", is_correct=False)]
    edit_question(
        question=mine,
        stem="Mine?",
        explanation="",
        difficulty="easy",
        bloom="apply",
        choices=options,
    )
    changed = course()
    for topic in changed["modules"][0]["sub_topics"]:
        topic["content"] = "Theirs."
    old.courses(changed)
    data["questions"][0]["question_text"] = data["questions"][1]["question_text"] = "Theirs?"
    old.quiz(data)
    report = old.take_in()
    words = "It was edited here and in the file; what is here was kept."
    assert said(report, Level.SKIPPED) == [
        f"topic courses/course_output.json record 1, week 1, topic 1: {words}",
        f"question quizzes/module_1_0000000a.json record 1, module_1_0000000a_q1: {words}",
    ]
    assert Topic.objects.get(title="Topic 1.1").content == "Mine."
    assert Topic.objects.get(title="Topic 1.2").content == "Theirs."
    mine.refresh_from_db()
    assert (mine.stem, mine.status) == ("Mine?", QuestionStatus.EDITED)
    assert Question.objects.get(position=2).stem == "Theirs?"
    assert counts(old.take_in())["topic"] == {"unchanged": 4}


def test_what_was_deleted_here_stays_deleted(old: Old) -> None:
    old.whole()
    old.take_in()
    delete_course(Course.objects.get())
    report = old.take_in()
    assert counts(report) == {
        "course": {"skipped": 1},
        "module": {"skipped": 2},
        "topic": {"skipped": 4},
        "quiz": {"skipped": 1},
        "question": {"skipped": 4},
        "answer key": {"skipped": 1},
        "submission": {"skipped": 1},
        "learner": {"unchanged": 1},
    }
    assert not Course.objects.exists()


def test_a_deleted_learner_stays_deleted(old: Old) -> None:
    data = old.whole()
    old.take_in()
    User.objects.all().delete()
    old.submission(submission(data) | {"submitted_at": "2025-01-01T00:00:00"})
    report = old.take_in()
    assert "The account of maria was deleted here." in said(report, Level.SKIPPED)[0]
    assert not Attempt.objects.exists()


def test_a_part_that_left_the_file_is_kept_and_noted(old: Old) -> None:
    data = old.whole()
    old.take_in()
    old.courses(course(weeks=1))
    data["questions"].pop()
    old.quiz(data | {"total_questions": 3})
    old.key(answer_key(data))
    notes = said(old.take_in(), Level.NOTE)
    assert sum("is no longer in the file; it was kept here." in note for note in notes) == 4
    assert (Module.objects.count(), Question.objects.count()) == (2, 4)


def test_two_old_installations_do_not_mix(old: Old) -> None:
    old.whole()
    old.take_in(source="north")
    assert counts(old.take_in(source="south")) == outcome("created")
    assert Course.objects.count() == 2
    assert User.objects.count() == 2
    assert counts(old.take_in(source="north")) == outcome("unchanged")


def test_all_forms_of_the_course_file_are_read(old: Old) -> None:
    old.write("courses/course_output.json", course(title="One"))
    old.write("more/course_output.json", [course("5f1c-uuid", "Two"), course(None, "Three")])
    oldest = course(title="Four")
    del oldest["course_id"]
    del oldest["modules"][1]["week"], oldest["modules"][1]["title"]
    oldest["modules"][0]["sub_topics"][0]["content"] = None
    old.write("x.json", oldest)
    report = old.take_in()
    assert report.is_clean
    assert sorted(Course.objects.values_list("title", flat=True)) == ["Four", "One", "Three", "Two"]
    four = Course.objects.get(title="Four")
    assert four.modules.get(position=2).title == "Week 2"
    assert Topic.objects.get(module__course=four, status=TopicStatus.PENDING).content == ""
    assert counts(old.take_in())["course"] == {"unchanged": 4}


def test_a_quiz_is_linked_to_the_course_that_has_its_id(old: Old) -> None:
    old.courses(course(1), course("uuid-2", "Lakes"))
    old.quiz(quiz("module_2_0000000b", course_id="uuid-2"))
    old.quiz(quiz("course_0000000c", course_id=1))
    old.take_in()
    places = Quiz.objects.values_list("course__title", "module__position")
    assert set(places) == {("Lakes", 2), ("Rivers", None)}


def nameless(quiz_id: str, **others: Any) -> dict[str, Any]:
    data = quiz(quiz_id, **others)
    del data["course_id"]
    return data


def test_a_quiz_without_a_course_id_is_linked_by_its_words(old: Old) -> None:
    old.courses(course(1), course(2, "Lakes"), course(3, "Lakes of the north"))
    old.quiz(nameless("module_1_0000000a", title="Quiz: Lakes of the north, part 1"))
    old.quiz(nameless("course_0000000b", title="Final quiz on LAKES"))
    old.take_in()
    places = Quiz.objects.values_list("course__title", "module__position")
    assert set(places) == {("Lakes of the north", 1), ("Lakes", None)}


def test_a_quiz_without_a_course_id_is_linked_by_its_topics(old: Old) -> None:
    lakes = course(2, "Lakes")
    lakes["modules"][0]["sub_topics"][0]["title"] = "Ice"
    old.courses(course(1), lakes)
    data = nameless("module_1_0000000a", title="Quiz")
    data["questions"] = [question("module_1_0000000a", n, topic="Ice") for n in (1, 2)]
    old.quiz(data | {"total_questions": 2})
    old.take_in()
    assert Quiz.objects.get().course.title == "Lakes"


def test_what_cannot_be_linked_is_listed_and_kept_for_staff(old: Old) -> None:
    old.courses(course(1), course(2, "Lakes"))
    old.quiz(quiz("module_1_0000000a", course_id="7"))
    old.quiz(quiz("module_9_0000000b"))
    old.quiz(quiz("module_2_0000000c"))
    old.quiz(quiz("module_2_0000000d"))
    old.quiz(nameless("course_0000000e"))
    old.submission(submission(quiz("module_9_0000000b")))
    report = old.take_in()
    assert report.is_clean
    assert [line.partition(": ")[2].split(". The")[0] for line in said(report, Level.NOTE)] == [
        "It names no course, and its titles do not show which course it belongs to",
        "There is no course with the id 7",
        "Week 2 of its course has a quiz already",
        "Its course has no week 9",
    ]
    holding = Course.objects.get(status=CourseStatus.ARCHIVED)
    assert holding.quizzes.count() == 4
    assert Attempt.objects.get().quiz.course == holding
    assert counts(old.take_in())["quiz"] == {"unchanged": 5}


def test_a_quiz_moves_to_its_course_once_that_is_there(old: Old) -> None:
    old.quiz(quiz())
    old.take_in()
    assert Course.objects.get().status == CourseStatus.ARCHIVED
    old.courses(course())
    assert counts(old.take_in())["quiz"] == {"updated": 1}
    assert Quiz.objects.get().module == Module.objects.get(course__title="Rivers", position=1)
    assert counts(old.take_in())["quiz"] == {"unchanged": 1}


def test_only_one_import_runs_at_a_time(old: Old) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with pytest.raises(ImportBusyError, match="Another import is running"):
            old.take_in()
    finally:
        other.close()
