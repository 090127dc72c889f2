"""Old data sets of all shapes: in, compared, in again, out, and in once more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.models import Course, Topic
from exchange.course_files.course import export_course
from exchange.old_json.report import Level, Outcome, Report
from quizzes.models import Answer, Attempt, Question, QuestionStatus
from tests.exchange.old import LETTERS, Old, answer_key, counts, quiz

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
TOPIC = st.fixed_dictionaries({"title": WORDS}, optional={"content": st.none() | TEXT})
MODULE = st.fixed_dictionaries({"title": WORDS, "sub_topics": st.lists(TOPIC, max_size=3)})


@st.composite
def course_of(draw: st.DrawFn, number: int) -> dict[str, Any]:
    modules: list[dict[str, Any]] = draw(st.lists(MODULE, min_size=1, max_size=3))
    for week, module in enumerate(modules, start=1):
        module["week"] = week
    return {
        "course_title": draw(WORDS),
        "course_id": draw(st.sampled_from([number, str(number)])),
        "modules": modules,
    }


@st.composite
def quiz_of(draw: st.DrawFn, course: dict[str, Any], week: int) -> dict[str, Any]:
    made: dict[str, Any] = quiz(f"module_{week}_{course['course_id']:>08}", draw(st.integers(1, 4)))
    made["course_id"] = str(course["course_id"])
    for one in made["questions"]:
        one["question_text"] = draw(WORDS)
        one["explanation"] = draw(TEXT)
        one["options"] = draw(st.lists(WORDS, min_size=2, max_size=4, unique=True))
        one["correct_answer"] = draw(st.sampled_from(LETTERS[: len(one["options"])] + " Z"))
    return made


@st.composite
def submission_of(draw: st.DrawFn, made: dict[str, Any]) -> dict[str, Any]:
    letters = st.sampled_from(["A", "B", "C", "D", "E", "", None])
    answers = {one["question_id"]: draw(letters) for one in made["questions"]}
    user, minute = draw(st.sampled_from(["maria", "ben", "a/b"])), draw(st.integers(10, 59))
    return {
        "submission": {"quiz_id": made["quiz_id"], "user_id": user, "answers": answers},
        "result": {"score": draw(st.integers(0, 9))},
        "submitted_at": f"2024-05-06T07:{minute}:00",
    }


@st.composite
def data_sets(draw: st.DrawFn) -> dict[str, Any]:
    """Files by name."""
    courses = [draw(course_of(number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    files: dict[str, Any] = {"courses/course_output.json": courses}
    for course in courses:
        for module in course["modules"]:
            if not draw(st.booleans()):
                continue
            made = draw(quiz_of(course, module["week"]))
            files[f"quizzes/{made['quiz_id']}.json"] = made
            if draw(st.booleans()):
                files[f"quiz_answers/{made['quiz_id']}_answers.json"] = answer_key(made)
            for one in draw(st.lists(submission_of(made), max_size=2)):
                files[f"quiz_answers/{len(files)}.json"] = one
    return files


@contextmanager
def fresh(files: dict[str, Any]) -> Iterator[Old]:
    """A folder with these files, and a database that forgets what the block did."""
    with TemporaryDirectory() as folder, transaction.atomic():
        old = Old(Path(folder))
        for name, data in files.items():
            old.write(name, data)
        yield old
        transaction.set_rollback(True)


def wrote(report: Report) -> int:
    """How many rows a run made or changed; its counts must add up."""
    return sum(row.get("created", 0) + row.get("updated", 0) for row in counts(report).values())


def refused(report: Report) -> set[tuple[str, str]]:
    """The places of what a run did not take in."""
    return {
        (one.file, one.place.partition(",")[0])
        for one in report.lines()
        if one.level is Level.REFUSED
    }


def different(report: Report) -> set[tuple[str, str]]:
    return {
        (one.file, one.place.partition(",")[0])
        for one in report.lines()
        if one.level is Level.DIFFERENT
    }


def topics_in(files: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (course["course_title"], module["week"], module["title"], topic["title"], content)
        for course in files["courses/course_output.json"]
        for module in course["modules"]
        for topic in module["sub_topics"]
        for content in [(topic.get("content") or "")]
    )


def topics_here() -> list[tuple[Any, ...]]:
    names = ("module__course__title", "module__position", "module__title", "title", "content")
    return sorted(Topic.objects.values_list(*names))


@settings(max_examples=25, deadline=None)
@given(data_sets())
def test_what_comes_in_is_what_was_in_the_files(files: dict[str, Any]) -> None:
    with fresh(files) as old:
        first = old.take_in()
        wanted = [(*one[:4], one[4] if one[4].strip() else "") for one in topics_in(files)]
        assert topics_here() == sorted(wanted)
        asked = [one for data in files.values() if "questions" in data for one in data["questions"]]
        assert sorted(Question.objects.values_list("stem", flat=True)) == sorted(
            one["question_text"] for one in asked
        )
        open_questions = Question.objects.exclude(status=QuestionStatus.REJECTED)
        known = [one for one in asked if one["correct_answer"] in LETTERS]
        assert open_questions.count() == len(known)
        for attempt in Attempt.objects.all():
            right = attempt.answers.filter(is_correct=True)
            assert attempt.correct == right.count()
            assert attempt.total == attempt.answers.count()
        assert Answer.objects.exclude(chosen=None).count() == counts(first).get("answer", {}).get(
            "created", 0
        )
        assert different(old.verify()) <= refused(first)
        again = old.take_in()
        assert wrote(again) == 0
        assert refused(again) <= refused(first)


@settings(max_examples=25, deadline=None)
@given(data_sets())
def test_what_goes_out_comes_in_again_the_same(files: dict[str, Any]) -> None:
    with fresh(files) as old:
        old.take_in()
        courses = list(Course.objects.order_by("pk"))
        out = {f"{one.pk}.json": json.loads(json.dumps(export_course(one))) for one in courses}
        with fresh(out) as other:
            report = other.take_in()
            assert report.is_clean, [str(line) for line in report.lines()]
            distinct = {json.dumps(one, sort_keys=True) for one in out.values()}
            assert report.counts[next(iter(report.counts))][Outcome.CREATED] == len(distinct)
            made = Course.objects.exclude(pk__in=[one.pk for one in courses])
            assert {json.dumps(export_course(one), sort_keys=True) for one in made} == distinct
            assert other.verify().is_clean
            assert wrote(other.take_in()) == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**9) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """A data set in which anything may stand in the place of anything, and files may be cut."""
    files = draw(data_sets())
    for name, data in files.items():
        text = json.dumps(_spoil(draw, data, draw(st.integers(0, 3))))
        files[name] = text[: draw(st.sampled_from([len(text), len(text) // 2, len(text) - 1]))]
    return files


def _spoil(draw: st.DrawFn, data: Any, times: int) -> Any:
    for _ in range(times):
        inner = data
        while isinstance(inner, dict | list) and inner:
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            key = draw(st.sampled_from(keys))
            if not isinstance(inner[key], dict | list) or draw(st.booleans()):
                inner[key] = draw(JSON)
                break
            inner = inner[key]
    return data


@settings(max_examples=40, deadline=None)
@given(spoiled())
def test_whatever_is_in_the_files_a_second_run_changes_nothing(files: dict[str, Any]) -> None:
    with fresh(files) as old:
        first = old.take_in()
        assert not any("The database refused it" in line.reason for line in first.lines())
        assert different(old.verify()) <= refused(first)
        again = old.take_in()
        assert wrote(again) == 0, [str(line) for line in again.lines()]
        assert refused(again) <= refused(first)
