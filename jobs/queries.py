"""Who may see which jobs, and which clusters of workers are alive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now

from jobs.models import Cluster, Job

User = Any

# Named, not imported: the job engine knows no other app.
SEE_ALL = "courses.manage_all_courses"
MAX_MISSED_HEARTBEATS = 3  # after these a cluster counts as lost


def visible_jobs(user: User) -> QuerySet[Job]:
    """Returns all jobs for people who manage everybody's courses; for others only their own."""
    if not user.is_authenticated or not user.is_active:
        return Job.objects.none()
    if user.has_perm(SEE_ALL):
        return Job.objects.all()
    return Job.objects.filter(requested_by=user)


def people_who_see(job: Job) -> QuerySet[Any]:
    """Returns the active users who may see the job, as `visible_jobs` decides."""
    people: Any = get_user_model()._default_manager
    found: QuerySet[Any] = people.filter(
        Q(pk=job.requested_by_id) | Q(pk__in=people.with_perm(SEE_ALL)), is_active=True
    )
    return found


def lost_after() -> timedelta:
    """Returns how long a cluster may be silent. Its maintenance pauses for half a lease at most."""
    longest_pause: timedelta = max(settings.JOB_SWEEP, settings.JOB_LEASE / 2)
    return MAX_MISSED_HEARTBEATS * longest_pause


def clusters() -> QuerySet[Cluster]:
    """Clusters with a heartbeat within a day, each with the `silence` since its last one."""
    silence = ExpressionWrapper(Now() - F("seen_at"), output_field=DurationField())
    return Cluster.objects.annotate(silence=silence).order_by("host", "pid")


def live_clusters() -> QuerySet[Cluster]:
    return clusters().filter(seen_at__gte=Now() - lost_after())
