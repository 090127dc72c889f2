"""Who may see which jobs."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from jobs.models import Job

User = Any

# Named, not imported: the job engine knows no other app.
SEE_ALL = "courses.manage_all_courses"


def visible_jobs(user: User) -> QuerySet[Job]:
    """All jobs for people who manage everybody's courses, one's own for others."""
    if not user.is_authenticated or not user.is_active:
        return Job.objects.none()
    if user.has_perm(SEE_ALL):
        return Job.objects.all()
    return Job.objects.filter(requested_by=user)


def people_who_see(job: Job) -> QuerySet[Any]:
    """Those whose `visible_jobs` hold the job."""
    people: Any = get_user_model()._default_manager
    found: QuerySet[Any] = people.filter(
        Q(pk=job.requested_by_id) | Q(pk__in=people.with_perm(SEE_ALL)), is_active=True
    )
    return found
