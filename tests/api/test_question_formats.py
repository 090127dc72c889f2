"""Questions of every format over HTTP, and what the prototype's addresses make of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from common.rest.document import document
from courses.models import CourseStatus
from quizzes.models import Question, Quiz
from tests.api.world import client
from tests.factories import make_course, make_learner, make_question, make_teacher
from tests.quizzes.formats import QUESTIONS, make_all_formats, make_format

pytestmark = pytest.mark.django_db

RIGHT = {str(n): right for n, (_, right, _, _) in enumerate(QUESTIONS.values(), start=1)}
OPEN = {
    "multiple": {"choices"},
    "true_false": set(),
    "numeric": {"unit"},
    "short": set(),
    "matching": {"left", "right"},
    "ordering": {"items"},
    "fill_in": {"text", "options"},
}


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def quiz(teacher: User) -> Quiz:
    course = make_course(status=CourseStatus.PUBLISHED, owner=teacher, modules=1, questions=0)
    quiz: Quiz = course.quizzes.get(module=None)
    make_all_formats(quiz)
    return quiz


def test_learners_see_bodies_without_the_right_answer(quiz: Quiz) -> None:
    api = client(make_learner())
    detail = api.get(f"/api/quizzes/{quiz.pk}/").json()["questions"]
    begun = api.post(f"/api/quizzes/{quiz.pk}/attempts/").json()["questions"]
    for shown in (detail, begun):
        assert [one["format"] for one in shown] == list(QUESTIONS)
        for one in shown:
            assert one["choices"] == []
            assert set(one["body"]) == {"format", *OPEN[one["format"]]}
            for field in OPEN[one["format"]]:
                assert one["body"][field] == QUESTIONS[one["format"]][0][field]


def test_typed_responses_are_scored(quiz: Quiz) -> None:
    api = client(make_learner())
    begun = api.post(f"/api/quizzes/{quiz.pk}/attempts/").json()
    address = f"/api/attempts/{begun['id']}/submit/"
    sent = RIGHT | {"1": [0], "2": None}
    answer = api.post(address, {"responses": sent}, format="json")
    assert answer.status_code == 200, answer.content
    result = answer.json()
    assert (result["points"], result["correct"], result["percentage"]) == (5.5, 5, 79)
    first, second = result["questions"][:2]
    assert (first["response"], first["score"], first["is_correct"]) == ([0], 0.5, False)
    assert (first["chosen"], first["correct"]) == (None, None)
    assert first["body"]["correct"] == [0, 1]
    assert (second["response"], second["score"]) == (None, 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "responses"),
        ({"responses": {"x": 1}}, "responses"),
        ({"responses": {"8": 1}, "answers": {"8": 1}}, "responses"),
        ({"answers": {"01": 1}}, "answers"),
        ({"answers": {"1": "a"}}, "answers"),
    ],
)
def test_a_submission_of_another_form_is_refused(
    quiz: Quiz, body: dict[str, Any], field: str
) -> None:
    api = client(make_learner())
    begun = api.post(f"/api/quizzes/{quiz.pk}/attempts/").json()
    answer = api.post(f"/api/attempts/{begun['id']}/submit/", body, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


@pytest.mark.parametrize(
    "response", ['["x"]', r'"\u0000"', r'"\ud800"', '{"a": 1}', "1e400", "[[1]]"]
)
def test_a_response_that_does_not_fit_is_refused(quiz: Quiz, response: str) -> None:
    api = client(make_learner())
    begun = api.post(f"/api/quizzes/{quiz.pk}/attempts/").json()
    address = f"/api/attempts/{begun['id']}/submit/"
    for position in RIGHT:
        sent = f'{{"responses": {{"{position}": {response}}}}}'
        answer = api.generic("POST", address, sent, content_type="application/json")
        assert answer.status_code == 400, (position, answer.content)


def test_old_clients_answer_the_single_choices_of_a_mixed_quiz(quiz: Quiz) -> None:
    make_question(quiz, 8)
    api = client(make_learner())
    begun = api.post(f"/api/quizzes/{quiz.pk}/attempts/").json()
    assert begun["questions"][7]["choices"][0] == "Choice 8.0"
    sent = {"answers": {"8": 0}, "responses": {"2": False}}
    result = api.post(f"/api/attempts/{begun['id']}/submit/", sent, format="json").json()
    assert (result["correct"], result["questions"][7]["chosen"]) == (2, 0)


@pytest.mark.parametrize("name", QUESTIONS)
def test_staff_write_and_change_every_format(quiz: Quiz, teacher: User, name: str) -> None:
    api = client(teacher)
    body = {"format": name, **QUESTIONS[name][0]}
    wanted = {"quiz": quiz.pk, "stem": "  New?", "body": body}
    made = api.post("/api/questions/", wanted, format="json")
    assert made.status_code == 201, made.content
    shown = made.json()
    assert (shown["format"], shown["status"], shown["choices"]) == (name, "edited", [])
    assert shown["body"].items() >= {key: body[key] for key in OPEN[name]}.items()
    question = Question.objects.get(pk=shown["id"])
    address = f"/api/questions/{question.pk}/"
    change = {"body": shown["body"], "explanation": "So it is."}
    changed = api.patch(address, change, format="json", headers={"if-match": "*"})
    assert changed.status_code == 200, changed.content
    assert changed.json()["body"] == shown["body"]
    only_words = api.patch(address, {"stem": "Newer?"}, format="json", headers={"if-match": "*"})
    assert only_words.json()["body"] == shown["body"]


def test_the_same_key_writes_one_question(quiz: Quiz, teacher: User) -> None:
    api = client(teacher)
    body = {"quiz": quiz.pk, "stem": "New?", "body": {"format": "true_false", "correct": True}}
    keyed = {"idempotency-key": "a"}
    first = api.post("/api/questions/", body, format="json", headers=keyed)
    again = api.post("/api/questions/", body, format="json", headers=keyed)
    assert first.json()["id"] == again.json()["id"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "at least two choices"),
        ({"body": {"format": "essay"}}, "essay"),
        ({"body": {"format": "true_false"}}, "correct"),
        ({"body": {"format": "true_false", "correct": True, "why": "x"}}, "why"),
        ({"body": {"format": "single", "choices": ["a", "b"], "correct": 0}}, "has choices"),
        (
            {
                "body": {"format": "true_false", "correct": True},
                "choices": [{"text": "a"}, {"text": "b", "is_correct": True}],
            },
            "Only a single choice",
        ),
        ({"body": {"format": "short", "accepted": ["a\x00b"]}}, "cannot be stored"),
        ({"body": {"format": "numeric", "answer": "1e999"}}, "too large"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    quiz: Quiz, teacher: User, values: dict[str, Any], words: str
) -> None:
    sent = {"quiz": quiz.pk, "stem": "New?", **values}
    answer = client(teacher).post("/api/questions/", sent, format="json")
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_a_format_stays(quiz: Quiz, teacher: User) -> None:
    question = quiz.questions.get(format="short")
    body = {"body": {"format": "true_false", "correct": True}}
    answer = client(teacher).patch(
        f"/api/questions/{question.pk}/", body, format="json", headers={"if-match": "*"}
    )
    assert answer.status_code == 400
    assert "write a new question" in answer.content.decode()


def test_nobody_writes_into_quizzes_of_others(quiz: Quiz) -> None:
    sent = {"quiz": quiz.pk, "stem": "New?", "body": {"format": "true_false", "correct": True}}
    answer = client(make_teacher("other")).post("/api/questions/", sent, format="json")
    assert answer.status_code == 400
    assert "quiz" in answer.json()["fields"]


def test_staff_see_what_a_quiz_is_made_of(quiz: Quiz, teacher: User) -> None:
    make_question(quiz, 8, bloom="apply").choices.filter(position=1).update(text="The longest one")
    address = f"/api/quizzes/{quiz.pk}/composition/"
    answer = client(teacher).get(address)
    assert answer.status_code == 200, answer.content
    levels = ("remember", "understand", "apply", "analyse", "evaluate", "create")
    assert answer.json() == {
        "questions": 8,
        "formats": {"single": 1, **dict.fromkeys(QUESTIONS, 1)},
        "bloom": dict.fromkeys(levels, 0) | {"remember": 7, "apply": 1},
        "difficulty": {"easy": 0, "medium": 8, "hard": 0},
        "key_positions": [2, 1, 0, 0],
        "longest": {"questions": 1, "right": 0, "by_chance": 0.25, "tied": 1},
    }
    unknown = client(teacher).get(address, {"course": "a"})
    assert (unknown.status_code, set(unknown.json()["fields"])) == (400, {"course"})


def test_learners_are_not_told_what_a_quiz_is_made_of(quiz: Quiz) -> None:
    api = client(make_learner())
    refused = api.get(f"/api/quizzes/{quiz.pk}/composition/")
    assert refused.status_code == 403
    assert "key_positions" not in refused.json()
    shown = api.get(f"/api/quizzes/{quiz.pk}/").json()
    assert not {"key_positions", "longest", "composition"} & shown.keys()
    assert client(make_teacher("other")).get(refused.wsgi_request.path).status_code == 403


def test_the_document_tells_formats_apart() -> None:
    schemas = document().content["components"]["schemas"]
    asked = schemas["Asked"]["properties"]["body"]
    assert asked["discriminator"]["propertyName"] == "format"
    assert set(asked["discriminator"]["mapping"]) == {"single", *QUESTIONS}
    assert set(schemas["AskedNumeric"]["properties"]) == {"format", "unit"}
    new = schemas["NewQuestion"]["properties"]["body"]
    assert new["discriminator"]["mapping"]["matching"].endswith("/MatchingBody")
    assert schemas["MatchingBody"]["additionalProperties"] is False


def test_the_old_addresses_show_choices_and_statements(quiz: Quiz) -> None:
    make_question(quiz, 8)
    api = client(make_learner())
    shown = api.get(f"/api/quiz/{quiz.pk}").json()
    options = [one["options"] for one in shown["questions"]]
    assert options == [["True", "False"], [f"Choice 8.{n}" for n in range(4)]]
    ids = [one["question_id"] for one in shown["questions"]]
    sent = {
        "quiz_id": quiz.pk,
        "attempt_id": shown["attempt_id"],
        "answers": {ids[0]: "B) False", ids[1]: "C"},
    }
    result = api.post("/api/quiz/submit", sent, format="json").json()
    assert (result["score"], result["total_questions"], result["percentage"]) == (1, 2, 50)
    told = [(one["user_answer"], one["correct_answer"]) for one in result["detailed_results"]]
    assert told == [("B", "B"), ("C", "A")]


def test_the_old_addresses_say_where_a_quiz_without_letters_is_taken(quiz: Quiz) -> None:
    quiz.questions.all().delete()
    make_format(quiz, 1, "short", QUESTIONS["short"][0])
    answer = client(make_learner()).get(f"/api/quiz/{quiz.pk}")
    assert answer.status_code == 409
    assert f"/api/quizzes/{quiz.pk}/attempts/" in answer.json()["detail"]
