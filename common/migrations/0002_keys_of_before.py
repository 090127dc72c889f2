from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import migrations
from django.utils import timezone


def fingerprint_of(request: Any) -> str:
    return sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def take_over(apps: Any, _schema_editor: Any) -> None:
    """The keys of the last day: a client may just be sending its request again."""
    key_model = apps.get_model("common", "RequestKey")
    since = timezone.now() - timedelta(days=1)

    def keep(kind: str, user: int, key: str, fingerprint: str, made: Any) -> None:
        key_model.objects.create(
            kind=kind, user_id=user, key=key, fingerprint=fingerprint, made=str(made)
        )

    for row in apps.get_model("jobs", "RequestKey").objects.filter(created_at__gte=since):
        keep("jobs.job", row.user_id, row.key, row.fingerprint, row.job_id)
    attempts = apps.get_model("quizzes", "Attempt").objects.filter(started_at__gte=since)
    for row in attempts.exclude(request_key=""):
        request = ["start quiz", row.quiz_id]
        keep("quizzes.attempt", row.learner_id, row.request_key, fingerprint_of(request), row.pk)
    endpoints = apps.get_model("webhooks", "Endpoint").objects.filter(created_at__gte=since)
    for row in endpoints.exclude(request_key=""):
        keep("webhooks.endpoint", row.owner_id, row.request_key, row.request_digest, row.pk)
    uploads = apps.get_model("courses", "DirectUpload").objects.filter(created_at__gte=since)
    for row in uploads.exclude(request_key=""):
        values = {"name": row.name, "bytes": row.bytes, "sha256": row.sha256}
        request = ["announce file", values]
        keep("courses.directupload", row.owner_id, row.request_key, fingerprint_of(request), row.pk)
    tokens = apps.get_model("accounts", "PersonalToken").objects.filter(created_at__gte=since)
    for row in tokens.exclude(request_key=""):
        days = row.expires_at and round((row.expires_at - row.created_at) / timedelta(days=1))
        request = ["make token", row.name, row.scopes, days]
        keep(
            "accounts.personaltoken", row.user_id, row.request_key, fingerprint_of(request), row.pk
        )


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0001_request_keys"),
        ("accounts", "0004_access"),
        ("courses", "0004_imports"),
        ("jobs", "0006_trace_context"),
        ("quizzes", "0003_request_key"),
        ("webhooks", "0001_initial"),
    ]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
