"""A course to one file and back: nothing is lost, and nothing hostile comes in."""

from __future__ import annotations

import json
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pydantic import BaseModel, TypeAdapter

from courses.models import Course, CourseStatus, SourceDocument, Topic
from courses.services import CourseStateError, delete_course, publish_course
from engine.questions.formats import BODIES, SingleChoice
from engine.questions.schemas import QuestionKind
from exchange.course_files.course import export_course
from exchange.course_files.schema import SCHEMA
from exchange.old_json.report import Level
from quizzes.editing import reject_question
from quizzes.models import AnswersShown, Question, Quiz
from tests.exchange.old import Old, counts, said
from tests.factories import make_course, make_teacher
from tests.quizzes.formats import make_all_formats

pytestmark = pytest.mark.django_db


def rich_course(owner: User | None = None) -> Course:
    """A course with something in every field that an export has."""
    course = make_course(owner=owner)
    course.description, course.notes = "Where water comes from.", ["Written in a hurry."]
    course.save()
    document = course.documents.get()
    document.warnings = ["Page 5 is broken."]
    document.save()
    topic = Topic.objects.filter(module__course=course)[0]
    topic.statements = [{"text": "It is cold.", "citations": [1], "support": 0.4}]
    topic.flags, topic.dropped_citations = ["Weak."], 2
    topic.save()
    Question.objects.filter(quiz__course=course, position=1).update(topic=topic)
    reject_question(Question.objects.filter(quiz__course=course)[0], reason="Dull.")
    Quiz.objects.filter(course=course, module=None).update(pass_mark=75, notes=["Short."])
    Quiz.objects.filter(course=course, module=None).update(
        draw=3, draw_by="module", max_attempts=2, answers_shown="after_last", shuffle=True
    )
    Quiz.objects.filter(course=course, module__position=1).update(
        time_limit=20,
        grace=0,
        max_attempts=2,
        wait_minutes=60,
        counts="last",
        answers_shown="after_last",
        shuffle=False,
        draw=2,
        layout="one",
        due_at=timezone.now(),
    )
    make_all_formats(course.quizzes.get(module=None))
    return course


def exported(course: Course) -> dict[str, Any]:
    """As it is in the file."""
    data: dict[str, Any] = json.loads(json.dumps(export_course(course)))
    return data


def test_an_export_fits_its_schema_and_tells_no_ids() -> None:
    data = exported(rich_course(make_teacher()))
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)
    text = json.dumps(data)
    assert '"id"' not in text
    assert "teacher" not in text


def test_an_export_comes_back_without_loss(old: Old) -> None:
    data = exported(rich_course())
    delete_course(Course.objects.get())
    old.write("a.profai.json", data)
    report = old.take_in(owner=make_teacher())
    assert report.is_clean
    assert counts(report) == {"exported course": {"created": 1}}
    course = Course.objects.get()
    assert exported(course) == data
    quiz = course.quizzes.get(module__position=1)
    assert (quiz.counts, quiz.shuffle, quiz.draw, quiz.grace) == ("last", False, 2, 0)
    assert quiz.due_at is None
    assert course.status == CourseStatus.DRAFT
    assert old.verify().is_clean
    publish_course(course)
    # Deleting it stumbles over no file that is not there.
    assert SourceDocument.objects.get().file == ""
    delete_course(course)


def test_the_same_export_again_changes_nothing_and_another_is_another_course(old: Old) -> None:
    course = rich_course()
    old.write("a.json", exported(course))
    old.take_in()
    assert counts(old.take_in()) == {"exported course": {"unchanged": 1}}
    assert Course.objects.count() == 2
    course.title = "Springs"
    course.save()
    old.write("b.json", exported(course))
    old.write("c.json", exported(course))
    report = old.take_in()
    assert counts(report) == {"exported course": {"unchanged": 1, "created": 1, "skipped": 1}}
    assert Course.objects.count() == 3


def test_verify_says_when_an_imported_export_was_edited_or_is_not_here(old: Old) -> None:
    old.write("a.json", exported(rich_course()))
    assert "It is not here." in said(old.verify(), Level.DIFFERENT)[0]
    old.take_in()
    Topic.objects.update(title="Mine")
    assert "It was edited here." in said(old.verify(), Level.DIFFERENT)[0]
    delete_course(Course.objects.order_by("pk")[1])
    report = old.take_in()
    assert counts(report) == {"exported course": {"skipped": 1}}


def spoil(data: dict[str, Any], *path: Any, value: Any) -> dict[str, Any]:
    spoiled = deepcopy(data)
    inner: Any = spoiled
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return spoiled


def test_wrong_exports_are_refused_with_place_and_reason(old: Old) -> None:
    data = exported(rich_course())
    topic = ("modules", 0, "topics", 0)
    question = ("final_quiz", "questions", 1)
    choices = data["final_quiz"]["questions"][1]["choices"]
    wrong = next(one for one in choices if not one["is_correct"])
    citations = data["modules"][0]["topics"][0]["citations"]
    cases = [
        (("version",), 2, "1 was expected"),
        (("course", "title"), "", "should be non-empty"),
        ((*topic, "status"), "great", "is not one of"),
        ((*topic, "content"), "", "'pending' was expected"),
        ((*topic, "sources"), [99], "Passage 99 is named, but there are only 4."),
        ((*question, "topic"), [9, 9], "Topic [9, 9] is named, but it is not there."),
        ((*question, "choices"), [], "does not contain items"),
        ((*question, "support"), 2, "is greater than the maximum"),
        (("modules", 1, "week"), 1, "“week” 1 is there twice."),
        ((*topic, "citations"), citations * 2, "there twice."),
        ((*question, "choices"), [*choices, wrong], "is there twice."),
        (("documents", 0, "passages", 0, "page_from"), 9, "It ends on a page before its first."),
        (
            (*topic, "statements"),
            [{"text": "", "citations": [], "support": float("nan")}],
            "NaN and Infinity are not numbers of JSON.",
        ),
        (("modules",), {}, "is not of type 'array'"),
    ]
    for path, value, words in cases:
        old.write("a.json", spoil(data, *path, value=value))
        [line] = said(old.take_in(), Level.REFUSED)
        assert words in line, line
    assert Course.objects.count() == 1


@pytest.mark.parametrize("body", [body for body in BODIES if body is not SingleChoice])
def test_the_schema_has_the_bodies_of_all_formats(body: type[BaseModel]) -> None:
    schemas = json.loads(SCHEMA.read_text())["$defs"]
    name = body.model_fields["format"].default.value
    made = TypeAdapter(body).json_schema()
    made["properties"]["format"] = {"const": name}
    made["required"] = sorted({"format", *made.get("required", ())})
    assert schemas[f"body_{name}"] == made


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "essay"}, "is not one of"),
        ({"format": "single"}, "does not allow"),
        ({"body": {"format": "short", "accepted": ["a"]}}, "another format"),
        ({"body": {"format": "multiple", "choices": ["a", "b"], "correct": [7]}}, "not one of"),
        ({"body": {"format": "multiple", "choices": ["a", "a"], "correct": [0]}}, "the same"),
        ({"body": {"format": "multiple"}}, "not valid under any"),
        (
            {"choices": [{"position": 0, "text": "a", "feedback": "", "is_correct": True}]},
            "expected to be empty",
        ),
    ],
)
def test_a_question_whose_body_does_not_fit_is_refused(
    old: Old, change: dict[str, Any], words: str
) -> None:
    data = exported(rich_course())
    question = next(
        one for one in data["final_quiz"]["questions"] if one.get("format") == "multiple"
    )
    question.update(change)
    old.write("a.profai.json", data)
    report = old.take_in(owner=make_teacher())
    assert Course.objects.count() == 1
    [line] = said(report, Level.REFUSED)
    assert words in line


def test_a_course_that_is_still_being_made_is_not_exported() -> None:
    course = make_course(status=CourseStatus.GENERATING)
    with pytest.raises(CourseStateError, match="still being made"):
        export_course(course)


def test_the_command_writes_a_file_that_import_json_takes(tmp_path: Path) -> None:
    course = rich_course()
    path, out = tmp_path / "x.profai.json", StringIO()
    call_command("export_course", course.slug, output=path, stdout=out)
    assert str(path) in out.getvalue()
    assert json.loads(path.read_text()) == exported(course)
    call_command("import_json", path, stdout=out)
    assert Course.objects.count() == 2


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no course nowhere"):
        call_command("export_course", "nowhere")
    course = make_course()
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("export_course", str(course.pk), output=tmp_path / "no" / "x")
    Course.objects.update(status=CourseStatus.GENERATING)
    with pytest.raises(CommandError, match="still being made"):
        call_command("export_course", str(course.pk), output=tmp_path / "x")


def test_staff_download_the_file_from_the_courses_page(client: Client) -> None:
    owner = make_teacher()
    course = rich_course(owner)
    client.force_login(owner)
    page = client.get(reverse("admin:courses_course_change", args=[course.pk]))
    address = reverse("admin:courses_course_export", args=[course.pk])
    assert address in page.text
    answer = client.get(address)
    assert answer["Content-Disposition"] == 'attachment; filename="rivers.profai.json"'
    assert answer.json() == exported(course)
    client.force_login(make_teacher("another"))
    assert client.get(address).status_code == 404


def test_staff_are_told_when_a_course_is_not_ready(client: Client) -> None:
    owner = make_teacher()
    course = make_course(owner=owner, status=CourseStatus.GENERATING)
    client.force_login(owner)
    answer = client.get(reverse("admin:courses_course_export", args=[course.pk]), follow=True)
    assert "This course is still being made" in answer.text


def test_programs_get_the_same_file(client: Client) -> None:
    owner = make_teacher()
    course = rich_course(owner)
    client.force_login(owner)
    assert client.get(f"/api/courses/{course.slug}/export/").json() == exported(course)
    Course.objects.update(status=CourseStatus.GENERATING)
    assert client.get(f"/api/courses/{course.slug}/export/").status_code == 409


def test_a_document_that_came_without_its_file_has_none_to_download(
    old: Old, client: Client
) -> None:
    owner = make_teacher()
    old.write("a.json", exported(rich_course()))
    old.take_in(owner=owner)
    document = SourceDocument.objects.get(course__owner=owner)
    client.force_login(owner)
    answer = client.get(f"/api/courses/{document.course.slug}/documents/{document.pk}/file/")
    assert answer.status_code == 404
    assert "without its files" in answer.json()["detail"]


def test_the_schema_knows_all_kinds_and_rules() -> None:
    """A course whose new kind of question or rule it does not know could not be imported again."""
    text = json.loads(SCHEMA.read_text())
    question = text["$defs"]["question"]["properties"]
    assert set(question["kind"]["enum"]) == set(QuestionKind)
    shown = [one["enum"] for one in _properties(text, "answers_shown") if "enum" in one]
    assert shown
    assert all(set(one) == set(AnswersShown.values) for one in shown)


def _properties(schema: Any, name: str) -> list[Any]:
    if isinstance(schema, list):
        return [found for one in schema for found in _properties(one, name)]
    if not isinstance(schema, dict):
        return []
    own = [schema["properties"][name]] if name in schema.get("properties", {}) else []
    return own + [found for one in schema.values() for found in _properties(one, name)]
