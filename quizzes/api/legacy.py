"""The prototype's addresses, with its fields, on top of today's services.

Its courses and quizzes had identifiers of their own; here they are the numbers of the rows,
as text for quizzes. Right answers are not told before a quiz is submitted, which the
prototype did. A quiz comes with an `attempt_id` of its own; who sends it back with the answers
is graded against these very questions, and who does not against what they were shown last.

An answer there is one letter. So a quiz has its single choices, and statements as a choice of A,
true, and B, false; questions of other formats are left out, and the score is that of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.idempotency import once
from common.rest.views import IDEMPOTENCY_KEY, APIView, request_key
from courses.api.access import changeable_course
from courses.api.serializers import UploadedSerializer
from courses.api.uploads import accepted
from courses.models import Course
from courses.queries import course_tree, visible_courses
from jobs.models import Job
from quizzes.models import Attempt, Quiz, ShownQuiz
from quizzes.queries import visible_quizzes
from quizzes.regeneration import request_quiz
from quizzes.shown import find_shown, show_quiz, submit_shown

LETTERS = "ABCDEFGHIJ"
MAX_ID = 2**62


class LegacyTopicSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    content = serializers.CharField()


class LegacyModuleSerializer(serializers.Serializer[Any]):
    week = serializers.IntegerField(source="position")
    title = serializers.CharField()
    sub_topics = LegacyTopicSerializer(many=True, source="topics")


class LegacyCourseSerializer(serializers.Serializer[Course]):
    course_id = serializers.IntegerField(source="pk")
    course_title = serializers.CharField(source="title")
    modules = LegacyModuleSerializer(many=True)


class LegacyQuestionSerializer(serializers.Serializer[dict[str, Any]]):
    question_id = serializers.CharField()
    question_text = serializers.CharField()
    options = serializers.ListField(child=serializers.CharField())
    topic = serializers.CharField()


class LegacyQuizSerializer(serializers.Serializer[dict[str, Any]]):
    quiz_id = serializers.CharField()
    attempt_id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    quiz_type = serializers.ChoiceField(["module", "course"])
    module_week = serializers.IntegerField(allow_null=True)
    total_questions = serializers.IntegerField()
    course_id = serializers.CharField()
    questions = LegacyQuestionSerializer(many=True)


class LegacyModuleQuizSerializer(serializers.Serializer[dict[str, Any]]):
    course_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    module_week = serializers.IntegerField(min_value=1, max_value=10**6)


class LegacyCourseQuizSerializer(serializers.Serializer[dict[str, Any]]):
    course_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)


class LegacySubmissionSerializer(serializers.Serializer[dict[str, Any]]):
    """`answers` maps a question's id to a letter; what is left out is unanswered. `attempt_id` is
    that of the quiz as you got it; without it the answers are for what you got last. `user_id`
    is not looked at: whoever is logged in submits."""

    quiz_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    attempt_id = serializers.UUIDField(required=False, allow_null=True)
    user_id = serializers.CharField(required=False, allow_blank=True, max_length=255)
    answers = serializers.DictField(child=serializers.CharField(max_length=500, allow_blank=True))


class LegacyDetailSerializer(serializers.Serializer[dict[str, Any]]):
    question_id = serializers.CharField()
    question_text = serializers.CharField()
    user_answer = serializers.CharField(allow_blank=True)
    correct_answer = serializers.CharField()
    is_correct = serializers.BooleanField()
    explanation = serializers.CharField(allow_blank=True)


class LegacyResultSerializer(serializers.Serializer[dict[str, Any]]):
    quiz_id = serializers.CharField()
    attempt_id = serializers.UUIDField()
    user_id = serializers.CharField()
    score = serializers.IntegerField()
    total_questions = serializers.IntegerField()
    percentage = serializers.FloatField()
    passed = serializers.BooleanField()
    detailed_results = LegacyDetailSerializer(many=True)


class LegacyCoursesView(APIView):
    scopes: ClassVar = {"*": "courses:read"}

    @extend_schema(
        operation_id="legacy_courses", responses=LegacyCourseSerializer(many=True), deprecated=True
    )
    def get(self, request: Request) -> Response:
        """All courses with their topics in one list. The
        prototype had it at `/api/courses`, which now has pages."""
        courses = course_tree(visible_courses(request.user), with_texts=True).order_by("pk")
        shown = LegacyCourseSerializer(courses, many=True)  # type: ignore[arg-type] # there are many
        return Response(shown.data)


class LegacyCourseView(APIView):
    scopes: ClassVar = {"*": "courses:read"}

    @extend_schema(responses=LegacyCourseSerializer, deprecated=True)
    def get(self, request: Request, pk: int) -> Response:
        """As `GET /api/courses/{slug}/` and its topics."""
        courses = course_tree(visible_courses(request.user), with_texts=True)
        course = get_object_or_404(courses, pk=pk)
        return Response(LegacyCourseSerializer(course).data)


class _MakeView(APIView):
    scopes: ClassVar = {"*": "quizzes:write"}

    def answer(self, request: Request, course_id: int, week: int | None) -> Response:
        """The quiz if there is one; else the job that makes it."""
        course = get_object_or_404(visible_courses(request.user), pk=course_id)
        module = None if week is None else get_object_or_404(course.modules, position=week)
        quizzes = visible_quizzes(request.user)
        quiz = quizzes.filter(course=course, module=module).first()
        if quiz is not None:
            return _shown(request, quiz)
        changeable_course(request, course.slug, "quizzes.change_quiz")
        made = once(
            user=request.user,
            key=request_key(request),
            request=["make quiz", course.pk, module.position if module else None],
            rows=Job.objects.all(),
            make=lambda: request_quiz(
                course=course, module=module, requested_by=request.user, answers_at_once=True
            ),
        )
        return accepted(request, made.row)


class LegacyModuleQuizView(_MakeView):
    @extend_schema(
        request=LegacyModuleQuizSerializer,
        responses={200: LegacyQuizSerializer, 202: UploadedSerializer},
        deprecated=True,
    )
    def post(self, request: Request) -> Response:
        """A module's quiz, made if need be."""
        wanted = LegacyModuleQuizSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = wanted.validated_data
        return self.answer(request, values["course_id"], values["module_week"])


class LegacyCourseQuizView(_MakeView):
    @extend_schema(
        request=LegacyCourseQuizSerializer,
        responses={200: LegacyQuizSerializer, 202: UploadedSerializer},
        deprecated=True,
    )
    def post(self, request: Request) -> Response:
        """The course's final quiz, made if need be."""
        wanted = LegacyCourseQuizSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        return self.answer(request, wanted.validated_data["course_id"], None)


class LegacyQuizView(APIView):
    scopes: ClassVar = {"*": "quizzes:read"}

    @extend_schema(responses=LegacyQuizSerializer, deprecated=True)
    def get(self, request: Request, pk: int) -> Response:
        """As `GET /api/quizzes/{id}/`."""
        return _shown(request, get_object_or_404(visible_quizzes(request.user), pk=pk))


class LegacySubmitView(APIView):
    scopes: ClassVar = {"*": "quizzes:take"}

    @extend_schema(
        request=LegacySubmissionSerializer,
        responses=LegacyResultSerializer,
        parameters=[IDEMPOTENCY_KEY],
        deprecated=True,
    )
    def post(self, request: Request) -> Response:
        """Submit the answers to a quiz as you got it before, once for each `attempt_id`."""
        sent = LegacySubmissionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        values = sent.validated_data
        # Also one that was closed since they were shown it.
        shown_before = ShownQuiz.objects.filter(learner=request.user.pk).values("quiz")
        may_answer = Q(pk__in=visible_quizzes(request.user)) | Q(pk__in=shown_before)
        quiz = get_object_or_404(Quiz.objects.filter(may_answer), pk=values["quiz_id"])
        attempt_id = values.get("attempt_id")

        def submit() -> Attempt:
            shown = find_shown(quiz=quiz, learner=request.user, attempt_id=attempt_id)
            responses = _responses(shown, values["answers"])
            return submit_shown(shown=shown, responses=responses, is_named=attempt_id is not None)

        made = once(
            user=request.user,
            key=request_key(request),
            request=["submit quiz", quiz.pk, str(attempt_id), values["answers"]],
            rows=Attempt.objects.all(),
            make=submit,
        )
        return Response(LegacyResultSerializer(_result(request, made.row)).data)


def _shown(request: Request, quiz: Quiz) -> Response:
    shown = show_quiz(quiz=quiz, learner=request.user)
    data = {
        "quiz_id": str(quiz.pk),
        "attempt_id": shown.pk,
        "title": quiz.title,
        "description": "",
        "quiz_type": "course" if quiz.is_final else "module",
        "module_week": None if quiz.module is None else quiz.module.position,
        "total_questions": len(shown.asked),
        "course_id": str(quiz.course_id),
        "questions": [
            {
                "question_id": _question_id(quiz.pk, position),
                "question_text": asked["stem"],
                "options": _options(asked),
                "topic": asked["topic"],
            }
            for position, asked in enumerate(shown.asked, start=1)
        ],
    }
    return Response(LegacyQuizSerializer(data).data)


def _options(asked: Mapping[str, Any]) -> list[str]:
    options: list[str] = asked.get("choices", ["True", "False"])
    return options


def _letter(asked: Mapping[str, Any], response: Any) -> str:
    if response is None:
        return ""
    return LETTERS[response if "choices" in asked else int(not response)]


def _question_id(quiz: int, position: int) -> str:
    return f"{quiz}_q{position}"


def _responses(shown: ShownQuiz, answers: dict[str, str]) -> dict[int, int | bool | None]:
    """Positions to responses; raises ValidationError for other letters or questions."""
    questions = {
        _question_id(shown.quiz_id, position): (position, asked)
        for position, asked in enumerate(shown.asked, start=1)
    }
    sizes = {name: len(_options(asked)) for name, (_, asked) in questions.items()}
    many = next((name for name, size in sizes.items() if size > len(LETTERS)), None)
    if many is not None:
        words = (
            f"Question {many!r} has more than ten choices, and here letters go to J. Take this "
            f"quiz by POST /api/quizzes/{shown.quiz_id}/attempts/."
        )
        raise serializers.ValidationError({"answers": [words]})
    unknown = sorted(set(answers) - set(sizes))
    if unknown:
        raise serializers.ValidationError({"answers": [f"There is no question {unknown[0]!r}."]})
    responses: dict[int, int | bool | None] = {}
    for name, text in answers.items():
        position, asked = questions[name]
        index = _index(name, text, sizes[name])
        is_choice = index is None or "choices" in asked
        responses[position] = index if is_choice else index == 0
    return responses


def _index(name: str, text: str, choices: int) -> int | None:
    """ "B", "b" or "B) text" is 1; nothing is unanswered."""
    letter = text.strip()[:1].upper()
    if not letter:
        return None
    index = LETTERS.find(letter)
    if not 0 <= index < choices:
        last = LETTERS[choices - 1]
        raise serializers.ValidationError(
            {"answers": [f"The answer to {name} is none of A to {last}."]}
        )
    return index


def _result(request: Request, attempt: Attempt) -> dict[str, Any]:
    answers = attempt.answers.order_by("position")
    return {
        "quiz_id": str(attempt.quiz_id),
        "attempt_id": attempt.pk,
        "user_id": request.user.get_username(),
        "score": attempt.correct,
        "total_questions": attempt.total,
        "percentage": attempt.percentage,
        "passed": attempt.passed,
        "detailed_results": [
            {
                "question_id": _question_id(attempt.quiz_id, answer.position),
                "question_text": answer.asked["stem"],
                "user_answer": _letter(answer.asked, answer.given),
                "correct_answer": _letter(answer.asked, answer.body.key),
                "is_correct": bool(answer.is_correct),
                "explanation": answer.asked["explanation"],
            }
            for answer in answers
        ],
    }
