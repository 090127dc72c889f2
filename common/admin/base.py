"""What the admin pages of all apps share: the style sheet, labels, read-only pages."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import Textarea, TextInput
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.html import format_html

from common.admin.lists import ReadOnlyMixin, SafeLists
from common.transactions import retried

M = TypeVar("M", bound=Model)

MEANWHILE = (
    "Somebody changed this after you opened it, so your changes are not saved yet. Their version "
    "is shown above; yours is in the form. Save again to replace their version with yours, or copy "
    "what you need from theirs first."
)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as ModelAdmin  # noqa: PLC0414 - for all admins
else:

    class ModelAdmin(admin.ModelAdmin, Generic[M]):
        """Django's class, with brackets for the type of its rows allowed at run time, too."""


class ServiceAdmin(SafeLists, ModelAdmin[M]):
    """For rows that services change. If a service refuses a change, the form shows its error.

    The page is shown again with the error and all that was typed; nothing is saved or logged.
    `refusals` are the errors whose messages are for people.

    A form carries marks of the texts it was made from. If somebody has saved other texts since, it
    is shown again with both: theirs above the form, the typed ones in its fields.
    """

    refusals: tuple[type[Exception], ...] = (ValidationError,)

    def formfield_for_dbfield(self, *args: Any, **kwargs: Any) -> Any:
        """Lets browsers choose the direction of typed text by its words."""
        field = super().formfield_for_dbfield(*args, **kwargs)
        if field is not None and isinstance(field.widget, TextInput | Textarea):
            field.widget.attrs.setdefault("dir", "auto")
        return field

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and object_id:
            self._compare(request, object_id)
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as error:
            # Everything was rolled back. The form now shows the error, see `get_form`.
            request.refusal = error  # type: ignore[attr-defined] # ours
            return super().changeform_view(request, object_id, form_url, extra_context)

    def texts(self, request: HttpRequest, row: M) -> dict[str, str]:
        """Returns the stored texts that people may edit, by their labels in the form."""
        form = self.get_form(request, row, change=True)(instance=row)
        return {
            str(form[name].label): str(form.get_initial_for_field(field, name) or "")
            for name, field in form.fields.items()
        }

    def on_top_of(self, row: M, sent: QueryDict) -> QueryDict:
        """Returns what was sent, adapted to the row as it is stored now."""
        return sent

    def _compare(self, request: HttpRequest, object_id: str) -> None:
        """Refuses the form if it was made from other texts than are stored now."""
        row: Any = self.get_object(request, unquote(object_id))
        if row is None or not self.has_change_permission(request, row):
            return
        stored = self.texts(request, row)
        request.seen = _marks(stored)  # type: ignore[attr-defined] # ours
        if "_seen" not in request.POST:
            return
        seen = request.POST["_seen"].split(",")
        marks = _marks(stored).split(",")
        if seen == marks:
            return
        is_alike = len(seen) == len(marks)
        request.meanwhile = {  # type: ignore[attr-defined] # ours
            label: text
            for number, (label, text) in enumerate(stored.items())
            if not is_alike or seen[number] != marks[number]
        }
        request.refusal = ValidationError(MEANWHILE)  # type: ignore[attr-defined] # ours
        request.POST = self.on_top_of(row, request.POST.copy())  # type: ignore[assignment] # immutable

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        if row is not None and self.has_change_permission(request, row):
            seen = getattr(request, "seen", None)
            context["seen"] = seen or _marks(self.texts(request, row))
            context["meanwhile"] = getattr(request, "meanwhile", None)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_form(
        self,
        request: HttpRequest,
        obj: Any | None = None,
        change: bool = False,  # noqa: FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        if refusal is None:
            return form
        words = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]

        class RefusedForm(form):  # type: ignore[misc] # made at run time
            def clean(self) -> Any:
                cleaned = super().clean()
                self.add_error(None, words)
                return cleaned

        return RefusedForm


def _marks(texts: dict[str, str]) -> str:
    """Returns a short hash of each text; browsers change line ends, so these are ignored."""
    lines = ("\n".join(text.split("\r\n")).strip() for text in texts.values())
    return ",".join(sha256(line.encode()).hexdigest()[:16] for line in lines)


def status_label(value: str, text: str) -> str:
    """Returns a coloured label; the style sheet has a colour for every status."""
    return format_html('<span class="pa-label pa-{}">{}</span>', value, text)


class StatusAdmin(ServiceAdmin[M]):
    """For models with a `status` that has choices. Each change is one transaction."""

    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return retried(super().changeform_view)(*args, **kwargs)

    def delete_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return retried(super().delete_view)(*args, **kwargs)

    @admin.display(description="status", ordering="status")
    def status_label(self, obj: Any) -> str:
        return status_label(obj.status, obj.get_status_display())


class ReadOnlyAdmin(ReadOnlyMixin, StatusAdmin[M]):
    """For rows that programs write and people only read."""
