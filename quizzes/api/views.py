"""Quizzes over HTTP: read without the answers, attempt, submit, see the result."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.access import changeable_course
from quizzes.api.filters import AttemptFilter, QuizFilter
from quizzes.api.serializers import (
    AttemptSerializer,
    OpenAttemptSerializer,
    QuizDetailSerializer,
    QuizEditSerializer,
    QuizSerializer,
    ResultSerializer,
    SubmissionSerializer,
)
from quizzes.editing import edit_quiz
from quizzes.models import ASKED, Attempt, Question, Quiz
from quizzes.queries import (
    own_attempts,
    visible_attempts,
    visible_quizzes,
    with_answers,
    with_question_count,
)
from quizzes.services import start_attempt, submit_attempt
from rest.keys import IDEMPOTENCY_KEY, request_key
from rest.versions import VersionedMixin


class QuizViewSet(VersionedMixin[Quiz], mixins.ListModelMixin, viewsets.GenericViewSet[Quiz]):
    """The quizzes of courses you may read."""

    queryset = Quiz.objects.none()
    lookup_value_regex = r"\d{1,18}"
    edit_serializer_class = QuizEditSerializer
    filterset_class = QuizFilter
    ordering_fields = ("title", "pass_mark")
    scopes: ClassVar = {
        "list": "quizzes:read",
        "retrieve": "quizzes:read",
        "attempts": "quizzes:take",
        "*": "quizzes:write",
    }

    def get_queryset(self) -> QuerySet[Quiz]:
        quizzes = with_question_count(visible_quizzes(self.request.user))
        # Counting groups the rows, and a model's own ordering does not survive that.
        quizzes = quizzes.order_by("course_id", "pk")
        if self.action == "list":
            return quizzes
        questions = Question.objects.filter(status__in=ASKED).prefetch_related("choices")
        return quizzes.prefetch_related(
            Prefetch("questions", questions.order_by("position"), to_attr="asked")
        )

    def get_serializer_class(self) -> type[QuizSerializer]:
        return QuizSerializer if self.action == "list" else QuizDetailSerializer

    def check_edit(self, request: Request) -> None:
        slug = self.get_object().course.slug
        changeable_course(request, slug, "quizzes.change_quiz")

    def edit(self, row: Quiz, values: dict[str, Any]) -> None:
        edit_quiz(
            quiz=row,
            title=values.get("title", row.title),
            pass_mark=values.get("pass_mark", row.pass_mark),
        )

    @extend_schema(request=QuizEditSerializer, responses=QuizDetailSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change title or pass mark. Attempts that are under way keep theirs."""
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(
        request=None,
        responses={200: OpenAttemptSerializer, 201: OpenAttemptSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @action(detail=True, methods=["post"])
    def attempts(self, request: Request, **_kwargs: Any) -> Response:
        """Start an attempt (201), or come back to the one that is open (200)."""
        quiz = self.get_object()
        known = set(own_attempts(request.user).filter(quiz=quiz).values_list("pk", flat=True))
        attempt = start_attempt(quiz=quiz, learner=request.user, key=request_key(request))
        code = status.HTTP_200_OK if attempt.pk in known else status.HTTP_201_CREATED
        return Response(_shown(attempt), status=code)


SHOWN = PolymorphicProxySerializer(
    component_name="AttemptDetail",
    serializers=[OpenAttemptSerializer, ResultSerializer],
    resource_type_field_name=None,
)


class AttemptViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Attempt]
):
    """Your attempts, and those at courses that you may change. Right answers are in an attempt
    once it is submitted."""

    queryset = Attempt.objects.none()
    lookup_value_regex = "[0-9a-f-]{36}"
    serializer_class = AttemptSerializer
    filterset_class = AttemptFilter
    ordering_fields = ("started_at", "submitted_at", "percentage")
    scopes: ClassVar = {"submit": "quizzes:take", "*": "quizzes:read"}

    def get_queryset(self) -> QuerySet[Attempt]:
        seen = own_attempts if self.action == "submit" else visible_attempts
        attempts = seen(self.request.user)
        return attempts if self.action == "list" else with_answers(attempts)

    def get_object(self) -> Attempt:
        """Of a course that was taken back, results stay and questions do not."""
        attempt = super().get_object()
        if attempt.submitted_at is None:
            get_object_or_404(visible_quizzes(self.request.user), pk=attempt.quiz_id)
        return attempt

    @extend_schema(responses=SHOWN)
    def retrieve(self, *_args: Any, **_kwargs: Any) -> Response:
        return Response(_shown(self.get_object()))

    @extend_schema(request=SubmissionSerializer, responses=ResultSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, **_kwargs: Any) -> Response:
        """Score the attempt; it can be done once."""
        submission = SubmissionSerializer(data=request.data)
        attempt = self.get_object()
        submission.is_valid(raise_exception=True)
        chosen = submission.validated_data["answers"]
        return Response(_shown(submit_attempt(attempt=attempt, chosen=chosen)))


def _shown(attempt: Attempt) -> dict[str, Any]:
    form = OpenAttemptSerializer if attempt.submitted_at is None else ResultSerializer
    shown: dict[str, Any] = form(attempt).data
    return shown
