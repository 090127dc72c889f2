"""Quizzes and questions for those who answer for the course: made, changed, judged."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from courses.api.access import changeable_course
from courses.api.serializers import UploadedSerializer
from courses.api.uploads import accepted
from courses.queries import editable_courses
from jobs.keys import once
from quizzes.api.filters import QuestionFilter
from quizzes.api.serializers import (
    QuestionEditSerializer,
    QuizRequestSerializer,
    RejectionSerializer,
    ReviewQuestionSerializer,
)
from quizzes.editing import ChoiceEdit, approve_question, edit_question, reject_question
from quizzes.models import Question
from quizzes.rewriting import request_quiz
from rest.keys import IDEMPOTENCY_KEY, request_key
from rest.versions import VersionedMixin


class MakeQuizView(APIView):
    scopes: ClassVar = {"*": "quizzes:write"}

    @extend_schema(
        request=QuizRequestSerializer,
        responses={202: UploadedSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make the quiz of a module, or the final quiz, for the first time or again.

        Questions that a person edited or approved are kept; the others are replaced once there
        are new ones.
        """
        course = changeable_course(request, slug, "quizzes.change_quiz")
        wanted = QuizRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        week = wanted.validated_data["week"]
        module = None if week is None else get_object_or_404(course.modules, position=week)
        job = once(
            request.user,
            request_key(request),
            ["make quiz", course.pk, week],
            lambda: request_quiz(course=course, module=module, requested_by=request.user),
        )
        return accepted(request, job)


class QuestionViewSet(
    VersionedMixin[Question], mixins.ListModelMixin, viewsets.GenericViewSet[Question]
):
    """Questions with their right answers, of the courses that you may change."""

    queryset = Question.objects.none()
    lookup_value_regex = r"\d{1,18}"
    serializer_class = ReviewQuestionSerializer
    edit_serializer_class = QuestionEditSerializer
    filterset_class = QuestionFilter
    ordering_fields = ("position", "difficulty", "support")
    scopes: ClassVar = {"list": "quizzes:write", "retrieve": "quizzes:write", "*": "quizzes:write"}

    def get_queryset(self) -> QuerySet[Question]:
        courses = editable_courses(self.request.user)
        questions = Question.objects.filter(quiz__course__in=courses)
        return (
            questions.select_related("passage__document")
            .prefetch_related("choices")
            .order_by("quiz", "position")
        )

    def check_edit(self, request: Request) -> None:
        if not cast("Any", request.user).has_perm("quizzes.change_question"):
            raise PermissionDenied

    def edit(self, row: Question, values: dict[str, Any]) -> None:
        choices = [ChoiceEdit(c.text, c.is_correct, c.feedback) for c in row.choices.all()]
        edit_question(
            question=row,
            stem=values.get("stem", row.stem),
            explanation=values.get("explanation", row.explanation),
            difficulty=values.get("difficulty", row.difficulty),
            bloom=values.get("bloom", row.bloom),
            choices=values.get("choices", choices),
        )

    @extend_schema(request=QuestionEditSerializer, responses=ReviewQuestionSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a question; it then counts as edited. Past attempts keep what was asked."""
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(request=None, responses=ReviewQuestionSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_kwargs: Any) -> Response:
        """Say that learners may be asked this, also where a check had kept it out."""
        self.check_edit(request)
        approve_question(self.get_object())
        return self._shown()

    @extend_schema(request=RejectionSerializer, responses=ReviewQuestionSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, **_kwargs: Any) -> Response:
        """Keep the question from learners, and say why."""
        self.check_edit(request)
        why = RejectionSerializer(data=request.data)
        why.is_valid(raise_exception=True)
        reject_question(self.get_object(), reason=why.validated_data["reason"])
        return self._shown()

    def _shown(self) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
