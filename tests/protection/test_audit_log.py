"""What the audit log holds of everything that staff do, and that nobody can change it."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.audit.log import record
from accounts.cleanup import old_audit_entries
from accounts.models import AuditEntry, PersonalToken
from accounts.services import make_token
from courses.models import Course, CourseStatus, Topic
from exchange.models import ImportRun
from jobs.models import JobStatus
from quizzes.models import Choice, Question, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import make_job
from tests.factories import (
    PASSWORD,
    make_course,
    make_learner,
    make_superuser,
    make_teacher,
    review_all,
)
from tests.pdfs import make_pdf, upload
from webhooks.models import Endpoint
from webhooks.services import create_endpoint

pytestmark = pytest.mark.django_db
HERE = "203.0.113.5"


@pytest.fixture
def chief(db: None) -> Client:
    client = Client(REMOTE_ADDR=HERE)
    client.force_login(make_superuser())
    return client


def entry(action: str, **more: Any) -> AuditEntry:
    """The one entry of this action; it names who, when and from where."""
    found = AuditEntry.objects.get(action=action, **more)
    assert found.actor == "chief"
    assert found.address == HERE
    assert timezone.now() - found.at < timedelta(minutes=1)
    return found


def press(client: Client, listed: str, action: str, *rows: Any, **more: str) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    answer = client.post(reverse(f"admin:{listed}_changelist"), data)
    assert answer.status_code in {200, 302}
    return answer


def send(client: Client, method: str, path: str, data: Any = None) -> Any:
    answer = client.generic(
        method, path, json.dumps(data or {}), "application/json", headers={"If-Match": "*"}
    )
    assert answer.status_code < 300, answer.content
    return answer


# --- the admin


def test_a_course_is_published_taken_back_and_edited(chief: Client) -> None:
    course = review_all(make_course())
    chief.post(reverse("admin:courses_course_publish", args=[course.pk]))
    chief.post(reverse("admin:courses_course_unpublish", args=[course.pk]))
    page = reverse("admin:courses_course_change", args=[course.pk])
    chief.post(page, {"title": "Lakes", "description": "secret words"})
    for action in ("publish", "unpublish", "change"):
        found = entry(action, object_type="courses.course")
        assert (found.object_id, found.object_name[:5]) in {
            (str(course.pk), "River"),
            (str(course.pk), "Lakes"),
        }
    assert "secret words" not in entry("change").detail


def test_the_actions_of_lists_are_named(chief: Client) -> None:
    course = review_all(make_course())
    question, topic = Question.objects.first(), Topic.objects.first()
    press(chief, "courses_course", "publish", course)
    press(chief, "quizzes_question", "reject", question)
    press(chief, "quizzes_question", "approve", question)
    press(chief, "courses_topic", "approve", topic)
    assert entry("publish").object_name == "Rivers"
    assert entry("reject").object_type == "quizzes.question"
    assert entry("approve", object_type="quizzes.question")
    assert entry("approve", object_type="courses.topic")


def test_several_that_are_deleted_at_once_have_an_entry_each(chief: Client) -> None:
    courses = [make_course(title) for title in ("Rivers", "Lakes")]
    press(chief, "courses_course", "delete_selected", *courses)
    assert not AuditEntry.objects.filter(action="delete").exists()
    press(chief, "courses_course", "delete_selected", *courses, post="yes")
    names = AuditEntry.objects.filter(action="delete", actor="chief").values_list("object_name")
    assert sorted(names) == [("Lakes",), ("Rivers",)]
    assert not Course.objects.exists()


def test_one_that_is_deleted_has_one_entry(chief: Client) -> None:
    course = make_course()
    press(chief, "courses_course", "delete_selected", course, post="yes")
    assert entry("delete").object_name == "Rivers"
    again = make_course("Lakes")
    page = reverse("admin:courses_course_delete", args=[again.pk])
    chief.post(page, {"post": "yes"})
    assert entry("delete", object_name="Lakes")


def test_an_edited_question_is_in_it_without_its_answers(chief: Client) -> None:
    make_course()
    question = Question.objects.first()
    assert question is not None
    page = reverse("admin:quizzes_question_change", args=[question.pk])
    shown = chief.get(page).context["adminform"].form.initial
    data = {name: shown.get(name, "") for name in ("stem", "explanation", "difficulty", "bloom")}
    rows = list(Choice.objects.filter(question=question).order_by("position"))
    for number, row in enumerate(rows):
        data[f"choices-{number}-text"] = f"secret {number}"
        if row.is_correct:
            data["choices-right"] = number
    answer = chief.post(page, data)
    assert answer.status_code == 302, answer.context["errors"]
    found = entry("change", object_type="quizzes.question")
    assert "secret" not in found.detail + found.object_name


def test_rewriting_is_in_it(chief: Client) -> None:
    make_course()
    quiz = Quiz.objects.first()
    assert quiz is not None
    page = reverse("admin:quizzes_quiz_change", args=[quiz.pk])
    chief.post(page, {"title": quiz.title, "pass_mark": 60, "_rewrite": "1"})
    assert AuditEntry.objects.filter(action="rewrite", object_type="quizzes.quiz").exists()


def test_jobs_that_are_cancelled_and_retried_are_in_it(chief: Client) -> None:
    job = make_job(User.objects.get(username="chief"), title="Rivers")
    chief.post(reverse("admin:jobs_job_cancel", args=[job.pk]))
    assert entry("cancel").object_id == str(job.pk)
    failed = make_job(None, title="Lakes", status=JobStatus.FAILED, can_retry=True)
    chief.post(reverse("admin:jobs_job_retry", args=[failed.pk]))
    assert AuditEntry.objects.filter(action="retry", object_type="jobs.job").exists()


def test_an_upload_and_an_import_are_in_it(chief: Client) -> None:
    chief.post(reverse("admin:courses_course_add"), {"documents": upload()})
    assert entry("add", object_type="courses.course")
    file = io.BytesIO(b"{}")
    file.name = "old.json"
    chief.post(reverse("admin:exchange_importrun_add"), {"file": file, "source": "old"})
    assert AuditEntry.objects.filter(action="add", object_type="exchange.importrun").exists()


def test_merged_accounts_are_in_it(chief: Client) -> None:
    old = User.objects.create(username="import-old-1", first_name="Ada", is_active=False)
    old.set_unusable_password()
    old.save()
    quiz = Quiz.objects.filter(course=make_course(status=CourseStatus.PUBLISHED)).first()
    assert quiz is not None
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=old), responses={})
    make_learner()
    press(chief, "auth_user", "merge", old, account="learner", merge_now="Merge")
    assert AuditEntry.objects.filter(action="merge", actor="chief").exists()


def test_webhooks_and_their_secrets_are_in_it(chief: Client) -> None:
    owner = User.objects.get(username="chief")
    url = "https://93.184.216.34/hook"
    page = reverse("admin:webhooks_endpoint_add")
    shown = chief.post(page, {"url": url, "events": ["job.completed"]}, follow=True)
    secret = shown.content.decode().partition("whsec_")[2][:10]
    assert secret
    press(chief, "webhooks_endpoint", "new_secret", Endpoint.objects.get(owner=owner))
    press(chief, "webhooks_endpoint", "send_ping", Endpoint.objects.get(owner=owner))
    assert entry("add", object_type="webhooks.endpoint")
    assert "secret" in entry("new_secret").detail
    assert entry("send_ping")
    assert not AuditEntry.objects.filter(detail__contains=secret).exists()


def test_roles_permissions_and_passwords_are_in_it(chief: Client) -> None:
    user, group = make_learner(), Group.objects.get(name="Teachers")
    page = reverse("admin:auth_user_change", args=[user.pk])
    data = {"username": "learner", "is_active": "on", "is_staff": "on", "groups": [group.pk]}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    assert chief.post(page, data | joined).status_code == 302
    assert entry("roles").detail == "groups added: Teachers"
    assert "Staff status" in entry("change", object_type="auth.user").detail
    new = {"password1": "quite another phrase", "password2": "quite another phrase"}
    page = reverse("admin:auth_user_password_change", args=[user.pk])
    chief.post(page, new | {"usable_password": "true"})
    assert AuditEntry.objects.filter(detail__icontains="password", object_name="learner").exists()
    assert not AuditEntry.objects.filter(detail__contains="another phrase").exists()
    left = [permission.pk for permission in group.permissions.all()][1:]
    page = reverse("admin:auth_group_change", args=[group.pk])
    chief.post(page, {"name": "Teachers", "permissions": left})
    assert (
        "permissions removed"
        in AuditEntry.objects.get(action="roles", object_type="auth.group").detail
    )


def test_tokens_that_are_made_and_revoked_are_in_it(chief: Client) -> None:
    form = {"name": "Mine", "scopes": ["courses:read"], "lifetime": "90"}
    page = chief.post("/account/tokens/", form).content.decode()
    assert entry("add").object_name.startswith("Mine")
    secret = page.partition('class="secret">')[2].partition("<")[0]
    assert not AuditEntry.objects.filter(object_name__contains=secret[-20:]).exists()
    press(chief, "accounts_personaltoken", "revoke", PersonalToken.objects.get())
    assert entry("revoke").object_name.startswith("Mine")


def test_looking_is_not_in_it(chief: Client) -> None:
    course = make_course()
    before = AuditEntry.objects.count()
    for path in ("/admin/", "/admin/health/", "/admin/courses/course/", "/api/courses/"):
        chief.get(path)
    chief.get(reverse("admin:courses_course_change", args=[course.pk]))
    assert AuditEntry.objects.count() == before


# --- downloads


def test_downloads_are_in_it(chief: Client) -> None:
    course = make_course()
    document = course.documents.get()
    document.file.save("x.pdf", ContentFile(make_pdf()))
    run = ImportRun.objects.create(source="old", original_name="x.zip")
    run.report.save("r.json", ContentFile(b"{}"))
    paths = [
        reverse("admin:courses_course_export", args=[course.pk]),
        reverse("api-documents-file", args=[course.slug, document.pk]),
        reverse("api-export", args=[course.slug]),
        reverse("admin:exchange_importrun_report", args=[run.pk]),
    ]
    answers = [chief.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    found = AuditEntry.objects.filter(action="download", actor="chief", address=HERE)
    assert {entry.detail for entry in found} == {f"GET {path}" for path in paths}
    for answer in answers:
        answer.close()


# --- the API


def test_the_same_by_the_api(chief: Client) -> None:
    course = review_all(make_course())
    question, topic = Question.objects.first(), Topic.objects.first()
    assert question is not None
    assert topic is not None
    at = f"/api/courses/{course.slug}/"
    send(chief, "POST", f"{at}publish/")
    send(chief, "POST", f"{at}unpublish/")
    send(chief, "PATCH", at, {"title": "Lakes"})
    send(chief, "PATCH", f"{at}topics/{topic.pk}/", {"content": "secret words"})
    send(chief, "POST", f"{at}topics/{topic.pk}/approve/")
    send(chief, "DELETE", at)
    assert entry("publish").object_id == course.slug
    assert entry("unpublish", object_type="courses.course")
    assert entry("change", object_type="courses.course")
    assert entry("change", object_type="courses.topic").object_id.endswith(str(topic.pk))
    assert entry("approve")
    assert entry("delete").detail == f"DELETE {at}"
    assert not AuditEntry.objects.filter(detail__contains="secret words").exists()


def test_what_teachers_who_are_no_staff_do_by_the_api_is_in_it() -> None:
    teacher = make_teacher()
    teacher.is_staff = False
    teacher.save()
    client = Client(REMOTE_ADDR=HERE)
    client.force_login(teacher)
    course = make_course(owner=teacher)
    at = f"/api/courses/{course.slug}/"
    send(client, "POST", f"{at}publish/")
    send(client, "PATCH", at, {"title": "Lakes"})
    send(client, "PATCH", f"/api/questions/{Question.objects.all()[0].pk}/", {"stem": "Why?"})
    send(client, "DELETE", at)
    done = AuditEntry.objects.filter(actor="teacher", address=HERE).order_by("pk")
    assert [(entry.action, entry.object_type) for entry in done] == [
        ("publish", "courses.course"),
        ("change", "courses.course"),
        ("change", "quizzes.question"),
        ("delete", "courses.course"),
    ]


def test_what_is_done_with_a_token_names_the_token() -> None:
    user, course = make_superuser(), make_course()
    made = make_token(user=user, name="x", scopes=["courses:write"], days=30)
    client = Client(REMOTE_ADDR=HERE, HTTP_AUTHORIZATION=f"Bearer {made.text}")
    send(client, "POST", f"/api/courses/{course.slug}/publish/")
    assert entry("publish").by_token == made.token.prefix


def test_what_was_refused_is_not_in_it(chief: Client) -> None:
    course = make_course()
    chief.patch(f"/api/courses/{course.slug}/", "{}", "application/json")
    chief.post("/api/courses/nothing/publish/")
    assert not AuditEntry.objects.exclude(action="login").exists()


def test_what_learners_do_is_not_in_it_but_for_logins_and_tokens() -> None:
    client = Client()
    client.force_login(make_learner())
    make_course(status=CourseStatus.PUBLISHED)
    quiz = Quiz.objects.first()
    assert quiz is not None
    client.post(reverse("quiz-start", args=[quiz.pk]))
    attempt = send(client, "POST", f"/api/quizzes/{quiz.pk}/attempts/", {}).json()
    send(client, "POST", f"/api/attempts/{attempt['id']}/submit/", {"answers": {}})
    client.get(f"/api/quiz/{quiz.pk}")
    send(client, "POST", "/api/quiz/submit", {"quiz_id": quiz.pk, "answers": {}})
    new = {"name": "Mine", "scopes": ["quizzes:take"]}
    made = send(client, "POST", "/api/tokens/", new).json()
    send(client, "DELETE", f"/api/tokens/{made['id']}/")
    done = AuditEntry.objects.order_by("pk")
    assert [entry.action for entry in done] == ["login", "add", "revoke"]


def test_a_webhook_by_the_api_is_in_it(chief: Client) -> None:
    owner = User.objects.get(username="chief")
    made = create_endpoint(owner=owner, url="https://93.184.216.34/", events=["job.completed"])
    send(chief, "DELETE", f"/api/webhooks/{made.endpoint.pk}/")
    assert entry("delete").object_id == str(made.endpoint.pk)


# --- logins


def test_logins_failures_locks_and_logouts_are_in_it() -> None:
    make_superuser()
    client = Client(REMOTE_ADDR=HERE)
    for _ in range(5):
        client.post("/login/", {"username": "chief", "password": "wrong"})
    failures = AuditEntry.objects.filter(action="failed login", object_name="chief", actor="")
    assert failures.count() == 5
    locks = AuditEntry.objects.filter(action="lock-out", object_name="chief", address=HERE)
    assert locks.count() == 1
    client.post("/login/", {"username": "chief", "password": PASSWORD})
    assert (failures.count(), locks.count()) == (5, 1)
    other = Client(REMOTE_ADDR="203.0.113.9")
    other.post("/login/", {"username": "chief", "password": PASSWORD})
    other.post("/logout/")
    for action in ("login", "logout"):
        found = AuditEntry.objects.get(action=action)
        assert (found.actor, found.address) == ("chief", "203.0.113.9")


def test_a_login_by_the_api_is_in_it() -> None:
    make_superuser()
    client = Client(REMOTE_ADDR=HERE)
    client.post("/api/token/", {"username": "chief", "password": PASSWORD})
    assert entry("login")
    assert entry("add", object_type="accounts.personaltoken")
    assert PersonalToken.objects.count() == 1


# --- the log itself


def test_the_database_keeps_it_as_it_is() -> None:
    young = record("x", request=None)
    for change in (
        lambda: AuditEntry.objects.filter(pk=young.pk).update(actor="somebody else"),
        young.delete,
        young.save,
    ):
        with pytest.raises(DatabaseError, match="audit log"), transaction.atomic():
            change()
    assert AuditEntry.objects.get().actor == ""


def test_it_is_kept_for_a_year(settings: Settings) -> None:
    for days in (364, 366):
        at = timezone.now() - timedelta(days=days)
        AuditEntry.objects.create(action=f"{days}", at=at)
    old = old_audit_entries()
    assert [entry.action for entry in old] == ["366"]
    old.delete()
    assert AuditEntry.objects.get().action == "364"


def test_not_even_the_chief_can_change_it_in_the_admin(chief: Client) -> None:
    found = record("x", request=None, detail="Here it is.")
    listed = chief.get("/admin/accounts/auditentry/?q=Here")
    assert "Here it is." in listed.content.decode()
    assert 'name="action"' not in listed.content.decode()
    page = f"/admin/accounts/auditentry/{found.pk}/"
    assert chief.get(f"{page}change/").status_code == 200
    assert chief.post(f"{page}change/", {"actor": "x"}).status_code == 403
    assert chief.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    assert chief.get("/admin/accounts/auditentry/add/").status_code == 403


def test_it_is_searched_by_user_action_object_and_date(chief: Client) -> None:
    course = review_all(make_course())
    chief.post(reverse("admin:courses_course_publish", args=[course.pk]))
    record("other", request=None)

    def shown(query: str) -> int:
        found: int = chief.get(f"/admin/accounts/auditentry/?{query}").context["cl"].result_count
        return found

    today = timezone.now().date()
    assert shown("q=chief") == 2
    assert shown("action=publish") == 1
    assert shown("object_type=courses.course") == 1
    assert shown(f"at__year={today.year}&at__month={today.month}") == 3
    assert shown("at__year=2001") == 0


def test_teachers_do_not_see_it() -> None:
    client = Client()
    client.force_login(User.objects.create_user("t", is_staff=True))
    assert client.get("/admin/accounts/auditentry/").status_code == 403


def test_odd_names_do_not_break_its_lines() -> None:
    course = review_all(make_course("Rivers\x1b[2J\r\nfaked entry" + "x" * 200))
    found = record("x", request=None, detail="a\nb", target=None)
    assert found.detail == "a b"
    client = Client()
    client.force_login(make_superuser())
    client.post(reverse("admin:courses_course_publish", args=[course.pk]))
    name = AuditEntry.objects.get(action="publish").object_name
    assert name.isprintable()
    assert len(name) == 200


def test_an_entry_that_cannot_be_written_breaks_no_answer(
    chief: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done by the API is done when its entry is written."""

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise DatabaseError("The disk is full.")

    course = make_course()
    monkeypatch.setattr("accounts.audit.middleware.record", broken)
    send(chief, "POST", f"/api/courses/{course.slug}/publish/")
    assert "An entry of the audit log was lost" in caplog.text


def test_a_young_user_that_is_deleted_leaves_their_entries() -> None:
    user = make_learner()
    client = Client()
    client.force_login(user)
    user.delete()
    assert AuditEntry.objects.get(action="login").actor == "learner"


def test_an_entry_leads_to_the_log_lines_of_its_request(chief: Client) -> None:
    data = json.dumps({"name": "Class 7"})
    groups = reverse("admin:auth_group_add")
    chief.post(groups, json.loads(data), headers={"X-Request-ID": "request-0123456789"})
    assert AuditEntry.objects.latest("pk").reference == "request-0123456789"
