"""Certificates of passed courses: issued on demand, checked by their code, revoked by staff."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.transactions import atomic, lock
from courses.models import Course
from quizzes.models import CODE_LENGTH, Certificate, spelled_code
from quizzes.progress import best_results
from quizzes.queries import visible_quizzes


class CertificateError(Exception):
    """Why there is no certificate; the message says what to do."""


def has_passed(user: Any, course: Course) -> bool:
    """Whether every quiz of the course is passed, by the attempts that count."""
    quizzes = list(visible_quizzes(user).filter(course=course))
    results = best_results(user, quizzes)
    return bool(quizzes) and all(quiz.pk in results and results[quiz.pk].passed for quiz in quizzes)


@atomic
def issue_certificate(*, course: Course, learner: Any) -> Certificate:
    """Returns the learner's valid certificate of the course, or a new one.

    One that was revoked is not issued again: staff decide that, by deleting the revoked one.
    Raises CertificateError.
    """
    locked = lock(Course.objects.filter(pk=course.pk)).get()
    found = Certificate.objects.filter(course=locked, learner=learner).first()
    if found is not None:
        if found.revoked_at is not None:
            raise CertificateError(
                _("Your certificate of this course was revoked. Ask your teacher.")
            )
        return found
    if not has_passed(learner, locked):
        raise CertificateError(_("Pass every quiz of this course first."))
    name = learner.get_full_name().strip()
    if not name:
        raise CertificateError(_("Enter your first and last name first: they stand on it."))
    return Certificate.objects.create(
        learner=learner,
        course=locked,
        name=name,
        course_title=locked.title,
        language=locked.language,
    )


@atomic
def revoke_certificate(certificate: Certificate, *, reason: str) -> Certificate:
    """Revokes the certificate. A second call keeps the time of the first."""
    locked = lock(Certificate.objects.filter(pk=certificate.pk)).get()
    if locked.revoked_at is None:
        locked.revoked_at, locked.revoked_because = timezone.now(), reason
        locked.save(update_fields=["revoked_at", "revoked_because"])
    return locked


def find_certificate(code: str) -> Certificate | None:
    """Finds a certificate by its code, typed with or without hyphens, in small or
    capital letters.
    """
    signs = re.sub(r"[^0-9A-Z]", "", code.upper()[:40]).translate(str.maketrans("OIL", "011"))
    if len(signs) != CODE_LENGTH:
        return None
    return Certificate.objects.filter(code=spelled_code(signs)).first()


def own_certificates(user: Any) -> QuerySet[Certificate]:
    return Certificate.objects.filter(learner=user)
