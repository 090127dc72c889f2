"""The files of an old installation, as they should be; tests then spoil them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from exchange.old_json.files import Folder
from exchange.old_json.report import Level, Report
from exchange.old_json.service import Options, run_import, run_verify

LETTERS = "ABCD"


def course(number: Any = 1, title: str = "Rivers", weeks: int = 2, **others: Any) -> dict[str, Any]:
    modules = [
        {
            "week": week,
            "title": f"{title}, part {week}",
            "sub_topics": [
                {"title": f"Topic {week}.{n}", "content": f"All about **{week}.{n}**."}
                for n in (1, 2)
            ],
        }
        for week in range(1, weeks + 1)
    ]
    return {"course_title": title, "course_id": number, "modules": modules} | others


def question(quiz_id: str, number: int, **others: Any) -> dict[str, Any]:
    return {
        "question_id": f"{quiz_id}_q{number}",
        "question_text": f"What is number {number}?",
        "options": [f"{quiz_id} {number}{letter}" for letter in LETTERS],
        "correct_answer": LETTERS[number % 4],
        "explanation": "So it is.",
        "topic": "Topic 1.1",
    } | others


def quiz(quiz_id: str = "module_1_0000000a", questions: int = 4, **others: Any) -> dict[str, Any]:
    is_final = quiz_id.startswith("course_")
    return {
        "quiz_id": quiz_id,
        "title": "Final quiz" if is_final else "Quiz of the week",
        "description": "",
        "quiz_type": "course" if is_final else "module",
        "module_week": None if is_final else int(quiz_id.split("_")[1]),
        "total_questions": questions,
        "course_id": "1",
        "questions": [question(quiz_id, number) for number in range(1, questions + 1)],
    } | others


def answer_key(of: dict[str, Any]) -> dict[str, Any]:
    letters = {one["question_id"]: one["correct_answer"] for one in of["questions"]}
    return {
        "quiz_id": of["quiz_id"],
        "answers": letters,
        "quiz": {"title": of["title"], "total_questions": len(letters)},
    }


def submission(of: dict[str, Any], user: str = "maria", right: int = 3) -> dict[str, Any]:
    """The first `right` questions are answered correctly, the others wrongly."""
    answers = {}
    for n, one in enumerate(of["questions"]):
        index = LETTERS.index(one["correct_answer"])
        answers[one["question_id"]] = LETTERS[index if n < right else (index + 1) % 4]
    total = len(answers)
    return {
        "submission": {"quiz_id": of["quiz_id"], "user_id": user, "answers": answers},
        "result": {
            "quiz_id": of["quiz_id"],
            "user_id": user,
            "score": right,
            "total_questions": total,
            "percentage": 100 * right / total,
            "passed": right / total >= 0.6,
            "detailed_results": [],
        },
        "submitted_at": "2024-05-06T07:08:09.123456",
    }


class Old:
    """A data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, data: Any) -> Path:
        """Text and bytes are written as they are, all else as JSON."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(data, str | bytes):
            data = json.dumps(data, ensure_ascii=False)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def courses(self, *courses: dict[str, Any]) -> None:
        self.write("courses/course_output.json", list(courses))

    def quiz(self, data: dict[str, Any]) -> None:
        self.write(f"quizzes/{data['quiz_id']}.json", data)

    def key(self, data: dict[str, Any]) -> None:
        self.write(f"quiz_answers/{data['quiz_id']}_answers.json", data)

    def submission(self, data: dict[str, Any]) -> None:
        inner = data["submission"]
        name = f"{inner['quiz_id']}_{inner['user_id']}_submission.json"
        self.write(f"quiz_answers/{name}", data)

    def whole(self) -> dict[str, Any]:
        """One course with a quiz, its key and a submission, all in order. Gives the quiz."""
        data = quiz()
        self.courses(course())
        self.quiz(data)
        self.key(answer_key(data))
        self.submission(submission(data))
        return data

    def take_in(self, **options: Any) -> Report:
        return run_import(Folder(self.folder), Options(**options))

    def verify(self, **options: Any) -> Report:
        return run_verify(Folder(self.folder), Options(**options))


def said(report: Report, level: Level | None = None) -> list[str]:
    """The report's lines: kind, place and reason."""
    return [
        f"{line.kind} {line.file} {line.place}: {line.reason}"
        for line in report.lines()
        if level in (None, line.level)
    ]


def counts(report: Report) -> dict[str, dict[str, int]]:
    """The report's table without zeros; it must add up."""
    for row in report.table().values():
        assert row["read"] == sum(number for name, number in row.items() if name != "read")
    return {
        kind: {name: number for name, number in row.items() if number and name != "read"}
        for kind, row in report.table().items()
    }
