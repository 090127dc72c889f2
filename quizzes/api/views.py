"""Quizzes over HTTP: read without the answers, attempt, submit, see the result."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.rest.etags import VersionedMixin
from common.rest.views import IDEMPOTENCY_KEY, GenericViewSet, request_key
from courses.api.access import changeable_course
from courses.queries import visible_courses
from quizzes.api.filters import AttemptFilter, QuizFilter
from quizzes.api.serializers import (
    AttemptSerializer,
    CertificateRequestSerializer,
    CertificateSerializer,
    CheckSerializer,
    CompositionSerializer,
    OpenAttemptSerializer,
    QuizDetailSerializer,
    QuizEditSerializer,
    QuizPracticeSerializer,
    QuizSerializer,
    ResultSerializer,
    RevocationSerializer,
    SavedSerializer,
    SavingSerializer,
    ScoredSerializer,
    SubmissionSerializer,
)
from quizzes.attempt_errors import AttemptError
from quizzes.certificates import (
    CertificateError,
    issue_certificate,
    own_certificates,
    revoke_certificate,
)
from quizzes.composition import composition
from quizzes.editing import edit_quiz
from quizzes.models import Attempt, Certificate, Question, Quiz
from quizzes.practice import begin_practice, check_answer
from quizzes.queries import (
    is_asked,
    own_attempts,
    visible_attempts,
    visible_quizzes,
    with_answers,
    with_question_count,
)
from quizzes.rules import RULES
from quizzes.services import begin_attempt, end_overdue, save_answers, submit_attempt

SHOWN = PolymorphicProxySerializer(
    component_name="AttemptDetail",
    serializers={"open": OpenAttemptSerializer, "submitted": ResultSerializer},
    resource_type_field_name="state",
)


class QuizViewSet(VersionedMixin[Quiz], mixins.ListModelMixin, GenericViewSet[Quiz]):
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
        "practice": "quizzes:take",
        "*": "quizzes:write",
    }

    def get_queryset(self) -> QuerySet[Quiz]:
        quizzes = with_question_count(visible_quizzes(self.request.user))
        # Counting groups the rows, and a model's own ordering does not survive that.
        quizzes = quizzes.order_by("course_id", "pk")
        if self.action in {"list", "composition"}:
            return quizzes
        questions = Question.objects.filter(is_asked()).prefetch_related("choices")
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
            by=self.request.user,
            rules={name: value for name, value in values.items() if name in RULES},
        )

    @extend_schema(request=QuizEditSerializer, responses=QuizDetailSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change title, pass mark or rules. Attempts that are under way keep theirs."""
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(responses=CompositionSerializer)
    @action(detail=True, methods=["get"])
    def composition(self, request: Request, **_kwargs: Any) -> Response:
        """How many questions have each format, Bloom level and difficulty, and where right answers
        stand; for those who may change the quiz."""
        quiz = self.get_object()
        changeable_course(request, quiz.course.slug, "quizzes.change_quiz")
        made_of = composition(quiz.questions.prefetch_related("choices"))
        return Response(CompositionSerializer(made_of).data)

    @extend_schema(
        request=None,
        # A key that was used before gives its attempt, which may have been submitted since.
        responses={200: SHOWN, 201: OpenAttemptSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @action(detail=True, methods=["post"])
    def attempts(self, request: Request, **_kwargs: Any) -> Response:
        """Start an attempt (201), or come back to the one that is open (200)."""
        quiz = self.get_object()
        begun = begin_attempt(quiz=quiz, learner=request.user, key=request_key(request))
        code = status.HTTP_201_CREATED if begun.is_new else status.HTTP_200_OK
        return Response(_shown(begun.row, request), status=code)

    @extend_schema(request=QuizPracticeSerializer, responses=OpenAttemptSerializer)
    @action(detail=True, methods=["post"])
    def practice(self, request: Request, **_kwargs: Any) -> Response:
        """Begin to practise what you got wrong, of some topics or all, or go on with it.

        After each answer `check/` tells whether it is right. It does not count.
        """
        wanted = QuizPracticeSerializer(data=request.data)
        quiz = self.get_object()
        wanted.is_valid(raise_exception=True)
        topics = wanted.validated_data.get("topics", [])
        practice = begin_practice(quiz=quiz, learner=request.user, topics=topics)
        return Response(OpenAttemptSerializer(practice).data)


class AttemptViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Attempt]):
    """Your attempts, and those at courses that you may change. Right answers are in an attempt
    once it is submitted."""

    queryset = Attempt.objects.none()
    lookup_value_regex = "[0-9a-f-]{36}"
    serializer_class = AttemptSerializer
    filterset_class = AttemptFilter
    ordering_fields = ("started_at", "submitted_at", "percentage")
    scopes: ClassVar = {
        "list": "quizzes:read",
        "retrieve": "quizzes:read",
        "*": "quizzes:take",
    }

    def get_queryset(self) -> QuerySet[Attempt]:
        only_read = self.action in {"list", "retrieve"}
        attempts = (visible_attempts if only_read else own_attempts)(self.request.user)
        return attempts if self.action == "list" else with_answers(attempts)

    @extend_schema(responses=SHOWN)
    def retrieve(self, request: Request, **_kwargs: Any) -> Response:
        attempt = self.get_object()
        if attempt.is_overdue:
            end_overdue(attempt)
            attempt = self.get_object()
        return Response(_shown(attempt, request))

    @extend_schema(request=SavingSerializer, responses=SavedSerializer)
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, **_kwargs: Any) -> Response:
        """Keep responses while the attempt is open, one or several; they can be changed until it
        is submitted."""
        sent = SavingSerializer(data=request.data)
        attempt = self.get_object()
        sent.is_valid(raise_exception=True)
        values = sent.validated_data
        ages = {position: timedelta(seconds=age) for position, age in values["ages"].items()}
        saved = save_answers(attempt=attempt, responses=values["responses"], ages=ages)
        found = {
            "saved": sorted(saved.saved),
            "kept": sorted(saved.kept),
            "unanswered": saved.unanswered,
        }
        return Response(SavedSerializer(found).data)

    @extend_schema(request=CheckSerializer, responses=ScoredSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, **_kwargs: Any) -> Response:
        """Tell whether one response of a practice attempt is right, and why. It stays then."""
        sent = CheckSerializer(data=request.data)
        attempt = self.get_object()
        sent.is_valid(raise_exception=True)
        position = sent.validated_data["position"]
        named = "response" in sent.validated_data
        responses = {position: sent.validated_data["response"]} if named else {}
        checked = check_answer(attempt=attempt, position=position, responses=responses)
        return Response(ScoredSerializer(checked).data)

    @extend_schema(request=SubmissionSerializer, responses=ResultSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, **_kwargs: Any) -> Response:
        """Score the attempt, as it was asked, with what was saved; it can be done once.

        That goes on while the quiz is changed, and when its course is taken back.
        """
        submission = SubmissionSerializer(data=request.data)
        attempt = self.get_object()
        submission.is_valid(raise_exception=True)
        responses = submission.validated_data["responses"]
        return Response(_shown(submit_attempt(attempt=attempt, responses=responses), request))


def _shown(attempt: Attempt, request: Request) -> dict[str, Any]:
    form = OpenAttemptSerializer if attempt.submitted_at is None else ResultSerializer
    shown: dict[str, Any] = form(attempt, context={"viewer": request.user}).data
    return shown


class CertificateViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Certificate]
):
    """Your certificates of passed courses. Anybody who has the code of one can read that one."""

    queryset = Certificate.objects.none()
    lookup_field = "code"
    lookup_value_regex = "[0-9A-Za-z-]{12,20}"
    serializer_class = CertificateSerializer
    scopes: ClassVar = {
        "list": "quizzes:read",
        "retrieve": "quizzes:read",
        "create": "quizzes:take",
        "revoke": "quizzes:write",
    }

    def get_queryset(self) -> QuerySet[Certificate]:
        if self.action == "list":
            return own_certificates(self.request.user).select_related("course")
        return Certificate.objects.select_related("course")

    @extend_schema(request=CertificateRequestSerializer, responses=CertificateSerializer)
    def create(self, request: Request) -> Response:
        """Your certificate of a course of which you have passed every quiz; issued once."""
        wanted = CertificateRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        courses = visible_courses(request.user)
        course = get_object_or_404(courses, slug=wanted.validated_data["course"])
        try:
            issued = issue_certificate(course=course, learner=request.user)
        except CertificateError as error:
            raise AttemptError(str(error), conflict=True) from error
        return Response(CertificateSerializer(issued).data)

    @extend_schema(request=RevocationSerializer, responses=CertificateSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **_kwargs: Any) -> Response:
        """It is shown as revoked from now on; for those who may change its course."""
        found = self.get_object()
        if found.course is None:
            raise PermissionDenied("The course is gone; an administrator can revoke this.")
        changeable_course(request, found.course.slug, "quizzes.change_quiz")
        sent = RevocationSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        revoked = revoke_certificate(found, reason=sent.validated_data["reason"])
        return Response(CertificateSerializer(revoked).data)
