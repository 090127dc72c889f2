"""Certificates: who has one, and taking one back, with the reason that everybody reads."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from common.admin.base import status_label
from courses.admin.base import CourseFilter, CourseRowAdmin
from quizzes.certificates import revoke_certificate
from quizzes.models import Certificate


class RevokeForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = Certificate
        fields = ("revoked_because",)
        labels = {"revoked_because": "Revoke, because"}
        help_texts = {"revoked_because": "Whoever checks the certificate reads this reason."}

    def clean_revoked_because(self) -> str:
        reason: str = self.cleaned_data["revoked_because"].strip()
        if not reason:
            raise ValidationError("Give a reason; without one nothing is revoked.")
        return reason


@admin.register(Certificate)
class CertificateAdmin(CourseRowAdmin[Certificate]):
    form = RevokeForm
    list_display = ("code", "name", "course_title", "issued_at", "state")
    list_filter = (CourseFilter, "revoked_at")
    search_fields = ("code", "name", "course_title", "learner__username")
    search_help_text = "Code, name, course or account"
    fields = ("code", "name", "learner", "course_title", "issued_at", "state", "revoked_because")
    readonly_fields = ("code", "name", "learner", "course_title", "issued_at", "state")

    @admin.display(description="state", ordering="revoked_at")
    def state(self, certificate: Certificate) -> str:
        if certificate.revoked_at is None:
            return status_label("completed", "valid")
        return status_label("failed", "revoked")

    def has_change_permission(self, request: HttpRequest, obj: Certificate | None = None) -> bool:
        is_open = obj is None or obj.revoked_at is None
        return is_open and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Certificate, form: Any, change: bool) -> None:
        revoke_certificate(obj, reason=form.cleaned_data["revoked_because"])

    def has_delete_permission(self, request: HttpRequest, obj: Certificate | None = None) -> bool:
        """Lets superusers delete it, so that an account can be deleted with all that is its own."""
        return bool(request.user.is_active and cast("Any", request.user).is_superuser)
