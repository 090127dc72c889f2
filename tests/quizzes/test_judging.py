"""Sheets for judges: blind, drawn by a seed, counted and compared."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from courses.models import Course
from quizzes.judging import FIELDS
from tests.factories import make_course
from tests.quizzes.formats import QUESTIONS, make_all_formats

pytestmark = pytest.mark.django_db

GOOD = dict.fromkeys(FIELDS, True) | {"guessable": False}


@pytest.fixture
def course() -> Course:
    course = make_course(modules=1, questions=4)
    make_all_formats(course.quizzes.get(module=None))
    return course


def run(*args: Any, **options: Any) -> str:
    out = StringIO()
    call_command("judge_quiz", *args, stdout=out, **options)
    return out.getvalue()


def judged(path: Path, *changes: dict[str, Any]) -> Path:
    rows = [GOOD | {"item": n} | change for n, change in enumerate(changes, start=1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_sheet_tells_questions_and_keys_and_no_origin(course: Course, tmp_path: Path) -> None:
    path = tmp_path / "sheet.jsonl"
    assert "Wrote 15 questions" in run(course.slug, output=path)
    text = path.read_text(encoding="utf-8")
    items = [json.loads(line) for line in text.splitlines()]
    assert [item["item"] for item in items] == list(range(1, 16))
    assert {item["format"] for item in items} == {"single", *QUESTIONS}
    assert "extractive" not in text
    for item in items:
        assert item["format"] != "single" or item["passage"].startswith("A spring is")
        assert item["key"]
        assert not {"kind", "id", "difficulty", "engine", "origin", "status"} & set(item)
        assert all(item[field] is None for field in FIELDS)
    [numeric] = [item for item in items if item["format"] == "numeric"]
    assert (numeric["unit"], numeric["key"]) == ("mol", ["0.5 mol (± 0.01)"])


def test_a_seed_draws_the_same_sheet(course: Course) -> None:
    first = run(str(course.pk), count=5, seed=7)
    assert len(first.splitlines()) == 5
    assert run(course.slug, count=5, seed=7) == first
    assert run(course.slug, count=5, seed=8) != first


def test_judgements_are_counted_and_compared(tmp_path: Path) -> None:
    bad = {"usable": False, "guessable": True, "fault": "Too long a key"}
    first = judged(tmp_path / "a", {}, bad, bad, {"plausible": False})
    second = judged(tmp_path / "b", {}, {}, bad, {"plausible": False, "usable": False})
    told = run(read=[first, second])
    assert f"{first}, of 4:\n" in told
    assert "  usable: 2 (50%)\n  usable contradicts the other fields: 1 (25%)\n" in told
    assert "  fault, 2 times: Too long a key\n" in told
    assert "  usable: 2 (50%); 1 (25%)\n" in told
    assert "  guessable: 3 (75%); 1 (25%)\n" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no judgement in it."),
        ("nothing", "Line 1 is no JSON object"),
        ("[]", "Line 1 has no “item”"),
        (json.dumps(GOOD | {"item": 1, "usable": "yes"}), "Line 1: set “usable” to true or false."),
        (f"{json.dumps(GOOD | {'item': 1})}\n" * 2, "Line 2: item 1 is there twice"),
    ],
)
def test_a_sheet_that_was_not_judged_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "sheet"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=words):
        run(read=[path])


def test_other_mistakes_are_named(course: Course, tmp_path: Path) -> None:
    first, second = judged(tmp_path / "a", {}), judged(tmp_path / "b", {}, {})
    latin = tmp_path / "latin"
    latin.write_bytes(b"\xe9")
    empty = make_course("Empty", questions=0)
    cases: list[tuple[tuple[str, ...], dict[str, Any], str]] = [
        ((), {}, "Name a course"),
        (("nowhere",), {}, "There is no course nowhere."),
        ((empty.slug,), {}, "This course has no questions yet."),
        ((course.slug,), {"count": 0}, "--count must be 1 or more."),
        ((course.slug,), {"output": tmp_path}, "Is a directory"),
        ((), {"read": [tmp_path / "none"]}, "No such file"),
        ((), {"read": [latin]}, "save it as UTF-8"),
        ((), {"read": [first, second]}, "Only one of the two judged item 2"),
        ((), {"read": [first, first, first]}, "or two to compare"),
    ]
    for args, options, words in cases:
        with pytest.raises(CommandError, match=words):
            run(*args, **options)
