"""Quizzes over HTTP: read without the answers, attempt, submit, see the result."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from quizzes.api.serializers import (
    AttemptSerializer,
    OpenAttemptSerializer,
    QuizDetailSerializer,
    QuizSerializer,
    ResultSerializer,
    SubmissionSerializer,
)
from quizzes.models import ASKED, Attempt, Question, Quiz
from quizzes.queries import (
    own_attempts,
    visible_attempts,
    visible_quizzes,
    with_answers,
    with_question_count,
)
from quizzes.services import start_attempt, submit_attempt


@extend_schema_view(list=extend_schema(parameters=[OpenApiParameter("course")]))
class QuizViewSet(viewsets.ReadOnlyModelViewSet[Quiz]):
    """The quizzes of courses you may read; `?course=` with a slug narrows the list."""

    queryset = Quiz.objects.none()
    scopes = {"list": "quizzes:read", "retrieve": "quizzes:read", "attempts": "quizzes:take"}

    def get_queryset(self) -> QuerySet[Quiz]:
        quizzes = with_question_count(visible_quizzes(self.request.user))
        course = self.request.query_params.get("course", "")
        if course:
            # PostgreSQL takes no NUL; a slug has none.
            quizzes = quizzes.filter(course__slug=course.replace("\0", " "))
        # Counting groups the rows, and a model's own ordering does not survive that.
        quizzes = quizzes.order_by("course_id", "pk")
        if self.action != "retrieve":
            return quizzes
        questions = Question.objects.filter(status__in=ASKED).prefetch_related("choices")
        return quizzes.prefetch_related(
            Prefetch("questions", questions.order_by("position"), to_attr="asked")
        )

    def get_serializer_class(self) -> type[QuizSerializer]:
        return QuizDetailSerializer if self.action == "retrieve" else QuizSerializer

    @extend_schema(request=None, responses={200: OpenAttemptSerializer, 201: OpenAttemptSerializer})
    @action(detail=True, methods=["post"])
    def attempts(self, request: Request, **_kwargs: Any) -> Response:
        """Start an attempt (201), or come back to the one that is open (200)."""
        quiz = self.get_object()
        was_open = own_attempts(request.user).filter(quiz=quiz, submitted_at=None).exists()
        attempt = start_attempt(quiz=quiz, learner=request.user)
        code = status.HTTP_200_OK if was_open else status.HTTP_201_CREATED
        return Response(OpenAttemptSerializer(attempt).data, status=code)


SHOWN = PolymorphicProxySerializer(
    component_name="AttemptDetail",
    serializers=[OpenAttemptSerializer, ResultSerializer],
    resource_type_field_name=None,
)


class AttemptViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Attempt]
):
    """Your attempts. Right answers are in an attempt once it is submitted."""

    queryset = Attempt.objects.none()
    scopes = {"list": "quizzes:read", "retrieve": "quizzes:read", "submit": "quizzes:take"}
    serializer_class = AttemptSerializer

    def get_queryset(self) -> QuerySet[Attempt]:
        if self.action == "retrieve":
            return with_answers(visible_attempts(self.request.user))
        return own_attempts(self.request.user)

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
