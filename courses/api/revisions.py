"""Versions and proposals of a course's texts: read, accepted or declined, put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import django_filters as filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.rest.etags import check_match, etag
from common.rest.filters import Filters, WholeNumberFilter
from common.transactions import atomic
from courses.api.parts import PartViewSet
from courses.models import Revision, RevisionKind, RevisionState
from courses.revisions import (
    VersionError,
    accept,
    decline,
    is_outdated,
    locked_row,
    restore,
    row_of,
    shown,
    shown_now,
)

# Who may change such a row may decide on its proposals.
PERMISSIONS = {
    RevisionKind.COURSE: "courses.change_course",
    RevisionKind.OUTLINE: "courses.change_course",
    RevisionKind.MODULE: "courses.change_module",
    RevisionKind.TOPIC: "courses.change_topic",
    RevisionKind.QUIZ: "quizzes.change_quiz",
    RevisionKind.QUESTION: "quizzes.change_question",
}
IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    required=True,
    description="The ETag that came with the proposal or version, which holds for the text that "
    "stands there now too, or * to do it whatever that is.",
)


class RevisionFilter(Filters):
    kind = filters.ChoiceFilter(choices=RevisionKind.choices)
    row = WholeNumberFilter(field_name="row", min_value=1, max_value=2**62)
    state = filters.ChoiceFilter(choices=RevisionState.choices)

    class Meta:
        model = Revision
        fields = ("kind", "row", "state")


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """A version of a text, or a proposal that stands beside it until somebody decides.

    `row` is the id of the course, module, topic, quiz or question; it may be deleted by now.
    `author` is null for what a program wrote.
    """

    author = serializers.CharField(source="author.username", allow_null=True, default=None)
    texts = serializers.SerializerMethodField()

    class Meta:
        model = Revision
        fields = (
            *("id", "kind", "row", "state", "action", "reason", "author", "model"),
            *("started_from", "created_at", "texts"),
        )
        extra_kwargs: ClassVar = {
            "reason": {"help_text": "Why, in the words of who changed or asked for it."},
            "model": {"help_text": "The model that wrote it, if one did."},
            "started_from": {
                "help_text": "The version that a proposal was made for; empty for versions."
            },
        }

    def get_texts(self, revision: Revision) -> dict[str, str]:
        """The texts by what they are, as people read them."""
        return shown(revision)


class RevisionDetailSerializer(RevisionSerializer):
    """With the texts that stand there now, null where the row was deleted.

    `is_outdated` says that these are not those which a proposal was made for.
    """

    now = serializers.SerializerMethodField()
    is_outdated = serializers.SerializerMethodField()

    class Meta(RevisionSerializer.Meta):
        fields = (*RevisionSerializer.Meta.fields, "now", "is_outdated")  # type: ignore[assignment] # more

    def get_is_outdated(self, revision: Revision) -> bool:
        return is_outdated(revision)

    def get_now(self, revision: Revision) -> dict[str, str] | None:
        try:
            return shown_now(row_of(revision))
        except VersionError:
            return None


class AcceptanceSerializer(serializers.Serializer[dict[str, Any]]):
    anyway = serializers.BooleanField(
        default=False,
        help_text="Accept it also if the text was changed after the proposal was made for it.",
    )


class RevisionViewSet(mixins.RetrieveModelMixin, PartViewSet[Revision]):
    """Versions and proposals of the course's texts, newest first. For those who may change it."""

    queryset = Revision.objects.none()
    serializer_class = RevisionDetailSerializer
    filterset_class = RevisionFilter
    ordering_fields = ("created_at",)
    # With the right answers of questions.
    scopes: ClassVar = {"*": "courses:write"}

    def get_queryset(self) -> QuerySet[Revision]:
        return self.changeable().revisions.select_related("author").order_by("-pk")

    def get_serializer_class(self) -> Any:
        return RevisionSerializer if self.action == "list" else RevisionDetailSerializer

    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ARG002 - DRF's
        data = self.get_serializer(self.get_object()).data
        return Response(data, headers={"ETag": etag(data)})

    @extend_schema(
        request=AcceptanceSerializer, responses=RevisionDetailSerializer, parameters=[IF_MATCH]
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, **_kwargs: Any) -> Response:
        """Put a proposal in the place of the text, which stays among the versions.

        409 where the text was changed after the proposal was made for it.
        """
        sent = AcceptanceSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        seen = request.headers.get("If-Match", "").strip()
        anyway = sent.validated_data["anyway"] or seen == "*"
        return self._decide(request, lambda one: _accepted(one, request.user, anyway=anyway))

    @extend_schema(request=None, responses=RevisionDetailSerializer, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, **_kwargs: Any) -> Response:
        """Leave the text as it is; the proposal stays to be read."""
        return self._decide(request, decline)

    @extend_schema(request=None, responses=RevisionDetailSerializer, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **_kwargs: Any) -> Response:
        """Put a version back; what stands there now stays among the versions."""
        return self._decide(request, lambda one: _restored(one, request.user))

    def _decide(self, request: Request, act: Callable[[Revision], Any]) -> Response:
        """By what the client has seen of both the proposal and the text beside it."""

        @atomic
        def decide() -> None:
            revision = self.get_object()
            self.changeable(PERMISSIONS[RevisionKind(revision.kind)])
            locked_row(row_of(revision))
            # Others may have decided while this waited for the lock.
            revision = self.get_object()
            check_match(request, etag(self.get_serializer(revision).data))
            act(revision)

        decide()
        return self.retrieve(request)


def _accepted(revision: Revision, user: Any, *, anyway: bool) -> None:
    if is_outdated(revision) and not anyway:
        raise VersionError(
            "The text was changed after this proposal was made for it. Compare the two, then "
            "decline the proposal, or accept it with anyway: true; the text stays among the "
            "versions."
        )
    accept(revision, by=user)


def _restored(revision: Revision, user: Any) -> None:
    if revision.state != RevisionState.VERSION:
        raise VersionError("This is a proposal. Accept it instead, or put a version back.")
    restore(revision, by=user)
