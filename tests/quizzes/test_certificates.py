"""Certificates: for who passed every quiz, checked by a code, revoked by staff."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from courses.models import Course, CourseStatus
from quizzes.certificates import CertificateError, find_certificate, issue_certificate
from quizzes.models import Certificate
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner, make_superuser

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Course:
    return make_course(status=CourseStatus.PUBLISHED, modules=1)


@pytest.fixture
def learner() -> User:
    learner = make_learner()
    learner.first_name, learner.last_name = "Ann", "Lee"
    learner.save()
    return learner


def pass_all(course: Course, learner: User) -> None:
    for quiz in course.quizzes.all():
        attempt = start_attempt(quiz=quiz, learner=learner)
        submit_attempt(attempt=attempt, responses={1: 1, 2: 2, 3: 3})


def test_every_quiz_has_to_be_passed(course: Course, learner: User) -> None:
    first = course.quizzes.order_by("pk")[0]
    submit_attempt(attempt=start_attempt(quiz=first, learner=learner), responses={1: 1, 2: 2, 3: 3})
    with pytest.raises(CertificateError, match="every quiz"):
        issue_certificate(course=course, learner=learner)
    pass_all(course, learner)
    issued = issue_certificate(course=course, learner=learner)
    assert (issued.name, issued.course_title) == ("Ann Lee", "Rivers")
    assert issue_certificate(course=course, learner=learner) == issued


def test_a_certificate_needs_a_name(course: Course) -> None:
    nameless = make_learner("nameless")
    pass_all(course, nameless)
    with pytest.raises(CertificateError, match="name"):
        issue_certificate(course=course, learner=nameless)


def test_anybody_checks_it_by_its_code(course: Course, learner: User) -> None:
    pass_all(course, learner)
    browser, stranger = Client(), Client()
    browser.force_login(learner)
    address = f"/courses/{course.slug}/certificate/"
    assert "made out to" in browser.get(address).content.decode()
    issued = browser.post(address)
    code = Certificate.objects.get().code
    assert issued.headers["Location"] == f"/certificates/{code}/"
    assert browser.get(address).headers["Location"] == f"/certificates/{code}/"
    page = stranger.get(f"/certificates/{code}/").content.decode()
    assert "This certificate is valid." in page
    assert "Ann Lee" in page
    typed = code.replace("-", "").lower().replace("0", "o")
    asked = stranger.get("/certificates/", {"code": typed})
    assert asked.headers["Location"] == f"/certificates/{code}/"
    unknown = stranger.get("/certificates/", {"code": "AAAA-AAAA-AAAA"})
    assert unknown.status_code == 404
    assert "There is no certificate" in unknown.content.decode()
    assert find_certificate("AAAA") is None
    # It outlives its course.
    course.delete()
    assert "Ann Lee" in stranger.get(f"/certificates/{code}/").content.decode()


def test_staff_revoke_it_with_a_reason(course: Course, learner: User) -> None:
    pass_all(course, learner)
    issued = issue_certificate(course=course, learner=learner)
    chief = Client()
    chief.force_login(make_superuser())
    address = f"/admin/quizzes/certificate/{issued.pk}/change/"
    assert chief.get("/admin/quizzes/certificate/").status_code == 200
    refused = chief.post(address, {"revoked_because": " "})
    assert "without one nothing is revoked" in refused.content.decode()
    assert chief.post(address, {"revoked_because": "Taken with help."}).status_code == 302
    page = Client().get(issued.get_absolute_url()).content.decode()
    assert "was revoked on" in page
    assert "Taken with help." in page
    with pytest.raises(CertificateError, match="was revoked"):
        issue_certificate(course=course, learner=learner)
    # Revoked once: there is nothing left to change.
    assert chief.post(address, {"revoked_because": "Again."}).status_code == 403


def test_it_goes_with_the_account(course: Course, learner: User) -> None:
    pass_all(course, learner)
    issue_certificate(course=course, learner=learner)
    learner.delete()
    assert not Certificate.objects.exists()
