"""The yardstick of import-speed: what one would write in an afternoon."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from courses.models import Course, CourseStatus, Module, Topic, TopicStatus
from quizzes.models import Answer, Attempt, Choice, Question, Quiz, QuizStatus

MODELS = (Course, Module, Topic, Quiz, Question, Choice, Attempt, Answer)


def rows() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in MODELS}


def _load(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        return json.load(file)


@transaction.atomic
def run(folder: Path) -> None:
    modules = _courses(_load(folder / "courses" / "course_output.json"))
    files = [_load(path) for path in sorted((folder / "quizzes").glob("*.json"))]
    questions = _quizzes(files, modules)
    paths = sorted((folder / "quiz_answers").glob("*_submission.json"))
    _attempts([_load(path) for path in paths], questions)


def _courses(data: list[dict[str, Any]]) -> dict[tuple[str, int], Module]:
    courses = Course.objects.bulk_create(
        Course(title=one["course_title"], slug=str(n), status=CourseStatus.DRAFT)
        for n, one in enumerate(data)
    )
    pairs = [
        (Module(course=course, position=part["week"], title=part["title"]), one, part)
        for course, one in zip(courses, data, strict=True)
        for part in one["modules"]
    ]
    Module.objects.bulk_create(module for module, _, _ in pairs)
    Topic.objects.bulk_create(
        Topic(
            module=module,
            position=n,
            title=topic["title"],
            content=topic["content"],
            status=TopicStatus.WRITTEN,
        )
        for module, _, part in pairs
        for n, topic in enumerate(part["sub_topics"], start=1)
    )
    return {(str(one["course_id"]), module.position): module for module, one, _ in pairs}


def _quizzes(
    files: list[dict[str, Any]], modules: dict[tuple[str, int], Module]
) -> dict[str, list[tuple[str, Question, dict[str, Any]]]]:
    quizzes = []
    for data in files:
        module = modules[data["course_id"], data["module_week"]]
        quizzes.append(
            Quiz(
                course_id=module.course_id,
                module=module,
                title=data["title"],
                status=QuizStatus.READY,
            )
        )
    Quiz.objects.bulk_create(quizzes)
    pairs = [
        (Question(quiz=made, position=n, kind="written", stem=one["question_text"]), one, data)
        for made, data in zip(quizzes, files, strict=True)
        for n, one in enumerate(data["questions"], start=1)
    ]
    Question.objects.bulk_create(question for question, _, _ in pairs)
    Choice.objects.bulk_create(
        Choice(
            question=question, position=n, text=text, is_correct="ABCD"[n] == one["correct_answer"]
        )
        for question, one, _ in pairs
        for n, text in enumerate(one["options"])
    )
    found: dict[str, list[tuple[str, Question, dict[str, Any]]]] = {}
    for question, one, data in pairs:
        found.setdefault(data["quiz_id"], []).append((one["question_id"], question, one))
    return found


def _attempts(
    files: list[dict[str, Any]], questions: dict[str, list[tuple[str, Question, dict[str, Any]]]]
) -> None:
    names = {data["submission"]["user_id"] for data in files}
    made = User.objects.bulk_create(User(username=name, is_active=False) for name in sorted(names))
    users = {user.username: user for user in made}
    attempts, answers = [], []
    for data in files:
        inner, result = data["submission"], data["result"]
        asked = questions[inner["quiz_id"]]
        attempt = Attempt(
            quiz_id=asked[0][1].quiz_id,
            learner=users[inner["user_id"]],
            pass_mark=60,
            submitted_at=datetime.fromisoformat(data["submitted_at"]).replace(tzinfo=UTC),
            correct=result["score"],
            total=result["total_questions"],
            percentage=result["percentage"],
            passed=result["passed"],
        )
        attempts.append(attempt)
        answers += [
            _answer(attempt, n, question, one, inner["answers"][key])
            for n, (key, question, one) in enumerate(asked, start=1)
        ]
    Attempt.objects.bulk_create(attempts)
    Answer.objects.bulk_create(answers)


def _answer(
    attempt: Attempt, position: int, question: Question, one: dict[str, Any], letter: str
) -> Answer:
    return Answer(
        attempt=attempt,
        position=position,
        question=question,
        asked={
            "stem": one["question_text"],
            "choices": one["options"],
            "correct": "ABCD".index(one["correct_answer"]),
            "explanation": one["explanation"],
            "feedback": [],
            "quote": "",
            "source": "",
        },
        chosen="ABCD".index(letter),
        is_correct=letter == one["correct_answer"],
    )
