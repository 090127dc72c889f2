"""The sample course of a new installation, so that there is something to see."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.files import File

from courses.models import Course
from courses.services import CourseRequest, request_course
from jobs.models import Job
from profai.environment import BASE_DIR

SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"
TITLE = "Water on Earth"


def request_first_course() -> CourseRequest | None:
    """Queue the sample where nothing was ever asked for; None if something was."""
    if Course.objects.exists() or Job.objects.exists() or not SAMPLE.exists():
        return None
    owner = User.objects.filter(is_superuser=True).order_by("pk").first()
    with SAMPLE.open("rb") as file:
        return request_course(
            files=[File(file, SAMPLE.name)], title=TITLE, requested_by=owner, publish=True
        )
