"""Every page of the staff's admin opens, for the right people, in a fixed number of queries."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from courses.models import Citation, Course, KeyTerm, Module, Passage, SourceDocument, Topic
from jobs.models import Job, Step
from quizzes.models import Attempt, Question, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import make_job, queries_of
from tests.factories import make_course, make_learner, make_teacher

OF_TEACHERS = (
    Course,
    SourceDocument,
    Passage,
    Module,
    Topic,
    Quiz,
    Question,
    Attempt,
    Job,
)
OF_ADMINISTRATORS = (Citation, KeyTerm, Step)
MODELS = (*OF_TEACHERS, *OF_ADMINISTRATORS)


def page(model: type[Model], name: str = "changelist", *args: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)


def make_everything(owner: User, name: str = "Rivers") -> Course:
    course = make_course(name, owner=owner)
    course.job = make_job(owner, title=name)
    course.save()
    quiz = Quiz.objects.filter(course=course).first()
    assert quiz is not None
    attempt = start_attempt(quiz=quiz, learner=make_learner(f"learner of {name}"))
    submit_attempt(attempt=attempt, responses={1: 1})
    return course


def test_all_models_are_registered() -> None:
    assert set(MODELS) <= set(admin.site._registry)


@pytest.mark.parametrize("model", OF_TEACHERS, ids=lambda model: model.__name__)
def test_teachers_open_lists_and_pages_of_their_own_rows(
    model: type[Model], as_teacher: Client, teacher: User
) -> None:
    make_everything(teacher)
    listed = as_teacher.get(page(model))
    row = model._default_manager.first()
    assert row is not None
    assert listed.status_code == 200
    assert listed.context["cl"].result_count > 0
    assert as_teacher.get(page(model, "change", row.pk)).status_code == 200
    assert as_teacher.get(page(model, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("model", OF_ADMINISTRATORS, ids=lambda model: model.__name__)
def test_tables_of_the_machine_are_for_administrators(
    model: type[Model], as_teacher: Client, as_superuser: Client, teacher: User
) -> None:
    make_everything(teacher)
    row = model._default_manager.first()
    assert row is not None
    assert as_teacher.get(page(model)).status_code == 403
    assert as_superuser.get(page(model)).context["cl"].result_count > 0
    assert as_superuser.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", OF_TEACHERS, ids=lambda model: model.__name__)
def test_teachers_see_no_rows_of_other_people(
    model: type[Model], as_teacher: Client, as_editor: Client
) -> None:
    make_everything(make_teacher("other"))
    row = model._default_manager.first()
    assert row is not None
    assert as_teacher.get(page(model)).context["cl"].result_count == 0
    assert as_editor.get(page(model)).context["cl"].result_count > 0
    guessed = as_teacher.get(page(model, "change", row.pk))
    assert guessed.status_code == 302
    assert guessed["Location"] == reverse("admin:index")
    assert as_teacher.post(page(model, "change", row.pk), {}).status_code in (302, 403)
    assert as_editor.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_learners_and_strangers_are_sent_to_the_login(model: type[Model], client: Client) -> None:
    assert "/login/" in client.get(page(model))["Location"]


@pytest.mark.django_db
def test_learners_do_not_enter() -> None:
    client = Client()
    client.force_login(make_learner())
    assert "/login/" in client.get(reverse("admin:index"))["Location"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_take_as_many_queries_for_many_rows_as_for_few(
    model: type[Model], as_teacher: Client, as_superuser: Client, teacher: User
) -> None:
    client = as_superuser if model in OF_ADMINISTRATORS else as_teacher
    make_everything(teacher)
    few = queries_of(client, page(model))
    for name in ("Lakes", "Seas", "Oceans"):
        make_everything(teacher, name)
    assert queries_of(client, page(model)) == few


@pytest.mark.parametrize("model", [Course, Quiz, Topic, Job], ids=lambda model: model.__name__)
def test_pages_take_as_many_queries_for_large_rows_as_for_small(
    model: type[Model], as_teacher: Client, teacher: User
) -> None:
    counts = []
    for name, size in (("Small", 1), ("Large", 4)):
        course = make_course(name, owner=teacher, modules=size, topics=size, questions=size + 1)
        course.job = make_job(teacher, title=name, steps=size)
        course.save()
        row = {
            Course: course,
            Quiz: course.quizzes.first(),
            Topic: Topic.objects.filter(module__course=course).first(),
            Job: course.job,
        }[model]
        assert row is not None
        counts.append(queries_of(as_teacher, page(model, "change", row.pk)))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "model",
    [SourceDocument, Passage, Module, Topic, Citation, KeyTerm, Quiz, Question, Job, Step],
    ids=lambda model: model.__name__,
)
def test_rows_are_not_added_by_hand(model: type[Model], as_superuser: Client) -> None:
    assert as_superuser.get(page(model, "add")).status_code == 403


def test_lists_can_be_narrowed_to_a_course(as_teacher: Client, teacher: User) -> None:
    course = make_everything(teacher)
    make_everything(teacher, "Lakes")
    other = make_everything(make_teacher("other"), "Seas")
    listed = as_teacher.get(page(Topic), {"of_course": course.pk}).context["cl"]
    assert {topic.module.course_id for topic in listed.result_list} == {course.pk}
    # A course that is not there, or not one's own, narrows nothing and shows nothing foreign.
    for value in (other.pk, "nonsense"):
        listed = as_teacher.get(page(Topic), {"of_course": value}).context["cl"]
        assert all(topic.module.course.owner == teacher for topic in listed.result_list)


def test_the_index_leads_to_the_upload(as_teacher: Client) -> None:
    assert "Make a course from documents" in as_teacher.get(reverse("admin:index")).text
    assert "Make a course from documents" in as_teacher.get(page(Course)).text


def test_lists_are_searched(as_superuser: Client, teacher: User) -> None:
    make_everything(teacher)
    for model in MODELS:
        for words in ("a", "no such words"):
            assert as_superuser.get(page(model), {"q": words}).status_code == 200
