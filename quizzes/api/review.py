"""Quizzes and questions for those who answer for the course: made, changed, judged."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.idempotency import once
from common.rest.etags import VersionedMixin
from common.rest.views import IDEMPOTENCY_KEY, APIView, GenericViewSet, request_key
from courses.api.access import changeable_course
from courses.api.serializers import InstructionSerializer, UploadedSerializer, instruction_of
from courses.api.uploads import accepted
from courses.queries import editable_courses
from engine.questions.formats import QuestionFormat
from jobs.models import Job
from quizzes.api.filters import QuestionFilter
from quizzes.api.serializers import (
    NewQuestionSerializer,
    QuestionEditSerializer,
    QuizRequestSerializer,
    RejectionSerializer,
    ReviewQuestionSerializer,
)
from quizzes.editing import (
    ChoiceEdit,
    approve_question,
    create_question,
    edit_question,
    lock_question,
    regrade_question,
    reject_question,
)
from quizzes.models import Question
from quizzes.regeneration import request_question, request_quiz


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
        are new ones. In a published course that asks drafts these stay too, and the new ones
        stand beside them as `proposed` until somebody approves them.
        """
        course = changeable_course(request, slug, "quizzes.change_quiz")
        wanted = QuizRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        week = wanted.validated_data["week"]
        module = None if week is None else get_object_or_404(course.modules, position=week)
        made = once(
            user=request.user,
            key=request_key(request),
            request=["make quiz", course.pk, week],
            rows=Job.objects.all(),
            make=lambda: request_quiz(course=course, module=module, requested_by=request.user),
        )
        return accepted(request, made.row)


class QuestionViewSet(VersionedMixin[Question], mixins.ListModelMixin, GenericViewSet[Question]):
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

    def lock(self, row: Question) -> None:
        wanted = self.request.data.get("regrade") if isinstance(self.request.data, dict) else None
        lock_question(row, regrade=wanted if isinstance(wanted, str) else None)

    def edit(self, row: Question, values: dict[str, Any]) -> None:
        regrade = values.get("regrade")
        if regrade is not None and values.keys() == {"regrade"}:
            regrade_question(question=row, regrade=regrade)
            return
        choices = [ChoiceEdit(c.text, c.is_correct, c.feedback) for c in row.choices.all()]
        is_single = row.format == QuestionFormat.SINGLE
        edit_question(
            question=row,
            stem=values.get("stem", row.stem),
            explanation=values.get("explanation", row.explanation),
            difficulty=values.get("difficulty", row.difficulty),
            bloom=values.get("bloom", row.bloom),
            choices=values.get("choices", choices),
            body=values.get("body", None if is_single else row.typed_body),
            regrade=regrade,
            by=self.request.user,
        )

    @extend_schema(request=QuestionEditSerializer, responses=ReviewQuestionSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a question; it then counts as edited. Past attempts keep what was asked.

        Where the right answer changes and attempts were asked with another one, `regrade` must say
        which of them are graded by the new one. It may also be sent alone, later.
        """
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(
        request=NewQuestionSerializer,
        responses={201: ReviewQuestionSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        """Write a question of any format into a quiz. Learners are asked it at once."""
        self.check_edit(request)
        sent = NewQuestionSerializer(data=request.data, context=self.get_serializer_context())
        sent.is_valid(raise_exception=True)
        values = sent.validated_data
        made = once(
            user=request.user,
            key=request_key(request),
            request=["write question", request.data],
            rows=Question.objects.all(),
            make=lambda: create_question(
                quiz=values["quiz"],
                stem=values["stem"],
                explanation=values.get("explanation", ""),
                difficulty=values["difficulty"],
                bloom=values["bloom"],
                choices=values.get("choices", ()),
                body=values.get("body"),
            ),
        )
        question = self.get_queryset().get(pk=made.row.pk)
        return Response(self.get_serializer(question).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ReviewQuestionSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_kwargs: Any) -> Response:
        """Say that learners may be asked this, also where a check had kept it out."""
        self.check_edit(request)
        approve_question(self.get_object(), by=request.user)
        return self._shown()

    @extend_schema(
        request=InstructionSerializer,
        responses={202: UploadedSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @action(detail=True, methods=["post"])
    def regenerate(self, request: Request, **_kwargs: Any) -> Response:
        """Have another question made about the same topic, as an `instruction` says. It is a
        proposal beside this one until somebody decides: see the revisions of the course."""
        self.check_edit(request)
        question = self.get_object()
        instruction = instruction_of(request)
        made = once(
            user=request.user,
            key=request_key(request),
            request=["regenerate question", question.pk, instruction],
            rows=Job.objects.all(),
            make=lambda: request_question(
                question=question, requested_by=request.user, instruction=instruction
            ),
        )
        return accepted(request, made.row)

    @extend_schema(request=RejectionSerializer, responses=ReviewQuestionSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, **_kwargs: Any) -> Response:
        """Keep the question from learners, and say why."""
        self.check_edit(request)
        why = RejectionSerializer(data=request.data)
        why.is_valid(raise_exception=True)
        reject_question(self.get_object(), reason=why.validated_data["reason"], by=request.user)
        return self._shown()

    def _shown(self) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
