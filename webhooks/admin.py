"""Admin pages of webhooks and their deliveries. Administrators see those of all people."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin.base import ReadOnlyAdmin, ServiceAdmin, status_label
from common.outside_calls import OutsideBusyError
from webhooks.models import Delivery, Endpoint, Event
from webhooks.queries import seen_deliveries, seen_endpoints
from webhooks.services import (
    MAX_ENDPOINTS,
    EndpointStateError,
    change_endpoint,
    check_address,
    create_endpoint,
    ping,
    redeliver,
    rotate_secret,
)


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg] # cannot be subscripted at run time
    events = forms.MultipleChoiceField(choices=Event.choices, widget=forms.CheckboxSelectMultiple())

    class Meta:
        model = Endpoint
        fields = ("url", "description", "events", "active")
        widgets: ClassVar = {"url": AdminTextInputWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # The page also sends the values that it showed, so that only changed values are saved.
            field.show_hidden_initial = True

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            return url if url == self.seen("url") else check_address(url)
        except OutsideBusyError as error:
            raise ValidationError(str(error)) from error

    def seen(self, name: str) -> Any:
        """Returns the field's value as the page showed it."""
        shown = self[name].html_initial_name
        if shown not in self.data:
            return self.initial.get(name)
        field = self.fields[name]
        return field.to_python(
            field.hidden_widget().value_from_datadict(self.data, self.files, shown)
        )

    def changes(self) -> dict[str, Any]:
        return {
            name: value for name, value in self.cleaned_data.items() if value != self.seen(name)
        }

    def check_seen(self, locked: Endpoint) -> None:
        """Raises EndpointStateError if somebody else has changed one of the same fields."""
        names = [name for name in self.changes() if getattr(locked, name) != self.seen(name)]
        if names:
            raise EndpointStateError(
                f"Since you opened this page, this was changed: {', '.join(names)}. Nothing was "
                "saved. Open the page again and make your change there."
            )


@admin.register(Endpoint)
class EndpointAdmin(ServiceAdmin[Endpoint]):
    refusals = (ValidationError, EndpointStateError)
    form = EndpointForm
    list_display = ("__str__", "state", "url", "owner", "shown_events", "disabled_reason")
    list_filter = ("active",)
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("url", "description", "owner__username")
    readonly_fields = ("owner", "created_at", "failures", "disabled_at", "disabled_reason")
    actions = ("send_ping", "new_secret")

    @admin.display(description="state", ordering="active")
    def state(self, endpoint: Endpoint) -> str:
        if endpoint.active:
            return status_label("ready", "Active")
        return status_label("failed", "Disabled")

    @admin.display(description="events")
    def shown_events(self, endpoint: Endpoint) -> str:
        return ", ".join(endpoint.events)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        return super().get_queryset(request).filter(pk__in=seen_endpoints(request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        own = Endpoint.objects.filter(owner=request.user.pk)
        return super().has_add_permission(request) and own.count() < MAX_ENDPOINTS

    def get_fields(self, request: HttpRequest, obj: Endpoint | None = None) -> Any:
        return super().get_fields(request, obj) if obj else ("url", "description", "events")

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        if change:
            # The form has already changed `obj`; the service needs the unchanged endpoint.
            before = Endpoint.objects.get(pk=obj.pk)
            change_endpoint(before, check=form.check_seen, **form.changes())
            return
        made = create_endpoint(owner=request.user, **form.cleaned_data)
        obj.pk, obj.owner = made.endpoint.pk, made.endpoint.owner
        self._show(request, made.endpoint, made.secret)

    def _show(self, request: HttpRequest, endpoint: Endpoint, secret: str) -> None:
        words = f"The secret of “{endpoint}” is {secret} \u2013 copy it now, it is not shown again."
        messages.warning(request, words)

    @admin.action(description="Send a test message", permissions=["change"])
    def send_ping(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        for endpoint in queryset:
            try:
                ping(endpoint)
            except EndpointStateError as error:
                messages.error(request, f"{endpoint}: {error}")
            else:
                self.log_change(request, endpoint, "Sent a test message.")
                messages.success(request, f"A message to “{endpoint}” is being sent; see the log.")

    @admin.action(description="Make a new secret", permissions=["change"])
    def new_secret(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        for endpoint in queryset:
            secret = rotate_secret(endpoint)
            self.log_change(request, endpoint, "Made a new secret, which was shown once.")
            self._show(request, endpoint, secret)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    """The delivery log. Rows are deleted with their endpoint, or by the daily clean-up."""

    list_display = (
        "created_at",
        "event",
        "endpoint",
        "status_label",
        "attempts",
        "response_status",
        "duration",
        "next_try",
        "error",
    )
    list_filter = ("status", "event", "created_at")
    list_select_related = ("endpoint",)
    list_per_page = 50
    search_fields = ("id", "endpoint__url", "endpoint__description", "error")
    fields = (
        "id",
        "endpoint",
        "event",
        "payload",
        "status_label",
        "attempts",
        "created_at",
        "next_try",
        "ended_at",
        "response_status",
        "response_excerpt",
        "error",
        "duration",
    )
    readonly_fields = fields
    actions = ("send_again",)

    @admin.display(description="next try", ordering="next_at")
    def next_try(self, delivery: Delivery) -> Any:
        return None if delivery.ended_at else delivery.next_at

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).filter(pk__in=seen_deliveries(request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Whether the person may delete the endpoint, because that deletes its deliveries too."""
        return bool(request.user.has_perm("webhooks.delete_endpoint"))

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("webhooks.change_endpoint"))

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        for delivery in queryset.select_related("endpoint"):
            try:
                redeliver(delivery)
            except EndpointStateError as error:
                messages.error(request, f"{delivery}: {error}")
            else:
                self.log_change(request, delivery, "Sent again.")
                messages.success(request, f"{delivery} is sent again.")
