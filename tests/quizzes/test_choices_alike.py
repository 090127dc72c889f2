"""Choices are compared in one way: by database, service, admin, API, item checks and imports."""

from __future__ import annotations

from dataclasses import replace
from hashlib import md5
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from engine.questions.item_checks import IssueCode, check_question
from engine.questions.question_text import as_written, choice_key
from exchange.old_json.coherence import incoherence_of
from exchange.old_json.quiz_records import letter_index
from exchange.old_json.report import Level
from quizzes.editing import ChoiceEdit, check_choices
from quizzes.models import Choice, Question, same_choice
from quizzes.steps import _choices
from tests.exchange.conftest import old
from tests.exchange.old import Old, course, quiz, said
from tests.exchange.test_exports import exported
from tests.factories import make_course, make_superuser
from tests.questions.test_item_checks import PASSAGE, SOUND

__all__ = ["old"]
pytestmark = pytest.mark.django_db

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"
DIFFERENT = [("Mg", "mg"), ("pH", "PH"), ("a b", "a  b"), ("x\n  y", "x\n y")]
ALIKE = [
    (COMPOSED, DECOMPOSED),
    ("Mg", "M\u200bg"),
    ("Mg", "Mg\ufe0f"),
    ("Mg", "\u202aMg\u202c"),
    ("Mg", " Mg\u00a0"),
    ("a\nb", "a\r\nb"),
]
EMPTY = ["", " ", "\u200b", "\u00ad\ufeff", "\u2800", "\u3164", "\U000e0020"]


@pytest.fixture
def question() -> Question:
    return Question.objects.filter(quiz=make_course().quizzes.get(module=None))[0]


def rows(question: Question) -> list[str]:
    return list(question.choices.order_by("position").values_list("text", flat=True))


def put(question: Question, *texts: str) -> None:
    question.choices.all().delete()
    Choice.objects.bulk_create(
        Choice(question=question, position=place, text=text, is_correct=place == 0)
        for place, text in enumerate(texts)
    )


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_what_differs_is_taken(question: Question, first: str, second: str) -> None:
    check_choices([ChoiceEdit(first, is_correct=True), ChoiceEdit(second, is_correct=False)])
    put(question, first, second)
    codes = {one.code for one in check(first, second)}
    assert IssueCode.DUPLICATE_CHOICES not in codes
    assert rows(question) == [first, second]


@pytest.mark.parametrize(("first", "second"), ALIKE)
def test_what_looks_the_same_is_there_twice(question: Question, first: str, second: str) -> None:
    with pytest.raises(ValidationError, match="is there twice"):
        check_choices([ChoiceEdit(first, is_correct=True), ChoiceEdit(second, is_correct=False)])
    with pytest.raises(IntegrityError, match="choice_told_apart"), transaction.atomic():
        put(question, first, second)
    assert IssueCode.DUPLICATE_CHOICES in {one.code for one in check(first, second)}
    draft = replace(SOUND, choices=(first, second, "c"), correct=1, feedback=("", "why", ""))
    stored = list(_choices(question, draft))
    assert [(one.text, one.is_correct) for one in stored] == [(first, True), ("c", False)]


def check(first: str, second: str) -> Any:
    choices = (first, second, "nucleus", "vacuole")
    return check_question(replace(SOUND, choices=choices), PASSAGE, language="en")


def test_symbols_can_be_told_apart_and_words_hardly() -> None:
    assert IssueCode.NEAR_DUPLICATE_CHOICES not in {one.code for one in check("Mg", "mg")}
    assert IssueCode.NEAR_DUPLICATE_CHOICES in {one.code for one in check("Ribosome", "ribosome")}


@pytest.mark.parametrize("text", EMPTY)
def test_what_cannot_be_seen_is_empty(text: str) -> None:
    assert (choice_key(text), as_written(text)) == ("", "")
    with pytest.raises(ValidationError, match="Choice 2 is empty"):
        check_choices([ChoiceEdit("a", is_correct=True), ChoiceEdit(text, is_correct=False)])


def test_the_database_reads_all_characters_as_we_do(question: Question) -> None:
    """One text for each character that the rule names, and its neighbours."""
    kinds = [*range(1, 0x3100), *range(0xFD00, 0x10000), *range(0x1BC90, 0x1BCB0)]
    kinds += [*range(0x1D160, 0x1D180), *range(0xDFFF0, 0xE1010)]
    texts = [f"a{chr(one)}b{chr(one)}" for one in kinds]
    put(question)
    Choice.objects.bulk_create(
        Choice(question=question, position=place, text=f"{place} {text}")
        for place, text in enumerate(texts)
    )
    ours = Choice.objects.filter(question=question).annotate(key=same_choice("text"))
    for text, key in ours.values_list("text", "key"):
        wanted = md5(choice_key(text).encode(), usedforsecurity=False).hexdigest()
        assert key == wanted, ascii(text)


def test_a_choice_may_be_long(question: Question) -> None:
    put(question, "".join(chr(0x4E00 + one) for one in range(9000)), "short")
    assert question.choices.count() == 2


def test_the_api_takes_mg_beside_mg_and_refuses_what_looks_the_same(question: Question) -> None:
    client = APIClient()
    client.force_authenticate(make_superuser())
    path = f"/api/questions/{question.pk}/"

    def patch(*texts: str) -> Any:
        choices = [{"text": text, "is_correct": not n} for n, text in enumerate(texts)]
        return client.patch(path, {"choices": choices}, "json", headers={"If-Match": "*"})

    assert patch("Mg", "mg").status_code == 200
    assert patch(COMPOSED, DECOMPOSED).status_code == 400
    assert "Choice 2 is empty" in patch("a", "\u200b").content.decode()
    assert rows(question) == ["Mg", "mg"]


def test_an_old_import_numbers_what_looks_the_same(old: Old) -> None:
    data = quiz()
    data["questions"][0]["options"] = ["Mg", "mg", COMPOSED, DECOMPOSED]
    data["questions"][0]["correct_answer"] = "mg"
    data["questions"][1]["options"] = ["a", "\u200b", "b", "c"]
    old.courses(course())
    old.quiz(data)
    notes = said(old.take_in(), Level.NOTE)
    first, second = Question.objects.order_by("position")[:2]
    assert rows(first) == ["Mg", "mg", COMPOSED, f"{DECOMPOSED} (2)"]
    assert first.choices.get(is_correct=True).text == "mg"
    assert any("One of its options is empty." in note for note in notes)
    assert second.status == "rejected"
    assert letter_index("MG", ("Mg", "mg")) is None
    assert letter_index("STREAM", ("river", "stream")) == 1


def test_a_course_file_with_choices_that_look_the_same_is_refused() -> None:
    data = exported(make_course())
    choices = data["final_quiz"]["questions"][0]["choices"]
    choices[0]["text"], choices[1]["text"] = "Mg", "mg"
    assert incoherence_of(data) is None
    choices[1]["text"] = "M\u200bg"
    problem = incoherence_of(data)
    assert problem is not None
    assert "is there twice" in problem[1]


@pytest.mark.django_db(transaction=True)
def test_choices_of_before_get_a_number_by_the_migration(question: Question) -> None:
    number = import_module("quizzes.migrations.0006_number_choices_alike").number_choices_alike
    [constraint] = [one for one in Choice._meta.constraints if one.name == "choice_told_apart"]
    put(question)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Choice, constraint)
    try:
        put(question, COMPOSED, DECOMPOSED, f"{COMPOSED} (2)", "x")
        number(apps, None)
        assert rows(question) == [COMPOSED, f"{DECOMPOSED} (2)", f"{COMPOSED} (2) (2)", "x"]
    finally:
        with connection.schema_editor() as editor:
            editor.add_constraint(Choice, constraint)


def test_a_page_that_is_saved_as_it_is_changes_nothing(question: Question) -> None:
    """Browsers send line ends of their own."""
    put(question, "if x:\n    y", "if x:\r\n  z")
    browser = Client()
    browser.force_login(make_superuser())
    page = browser.get(f"/admin/quizzes/question/{question.pk}/change/")
    shown = page.context["adminform"].form["choices"].value()
    data: dict[str, Any] = {"stem": question.stem, "explanation": question.explanation}
    data |= {"difficulty": question.difficulty, "bloom": question.bloom}
    for n, (text, tick, _feedback) in enumerate(shown):
        data[f"choices-{n}-text"] = as_written(text).replace("\n", "\r\n")
        if tick:
            data["choices-right"] = n
    browser.post(f"/admin/quizzes/question/{question.pk}/change/", data)
    question.refresh_from_db()
    assert question.status == "draft"
    data["choices-0-text"] = "if x:\r\n\ty \r\n"
    browser.post(f"/admin/quizzes/question/{question.pk}/change/", data)
    assert rows(question) == ["if x:\n\ty", "if x:\n  z"]
