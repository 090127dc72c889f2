"""The prototype's addresses, with its fields, on top of today's services.

Its courses and quizzes had identifiers of their own; here they are the numbers of the rows,
as text for quizzes. Right answers are not told before a quiz is submitted, which the
prototype did.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from courses.api.access import changeable_course
from courses.api.serializers import UploadedSerializer
from courses.api.uploads import accepted
from courses.models import Course, Module
from courses.queries import course_tree, visible_courses
from jobs.keys import once
from quizzes.models import Answer, Attempt, Quiz
from quizzes.queries import asked_questions, visible_quizzes, with_question_count
from quizzes.rewriting import request_quiz
from quizzes.services import start_attempt, submit_attempt
from rest.keys import request_key

LETTERS = "ABCDEFGHIJ"
MOST = 2**62


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
    title = serializers.CharField()
    description = serializers.CharField()
    quiz_type = serializers.ChoiceField(["module", "course"])
    module_week = serializers.IntegerField(allow_null=True)
    total_questions = serializers.IntegerField()
    course_id = serializers.CharField()
    questions = LegacyQuestionSerializer(many=True)


class LegacyModuleQuizSerializer(serializers.Serializer[dict[str, Any]]):
    course_id = serializers.IntegerField(min_value=1, max_value=MOST)
    module_week = serializers.IntegerField(min_value=1, max_value=10**6)


class LegacyCourseQuizSerializer(serializers.Serializer[dict[str, Any]]):
    course_id = serializers.IntegerField(min_value=1, max_value=MOST)


class LegacySubmissionSerializer(serializers.Serializer[dict[str, Any]]):
    """`answers` maps a question's id to a letter; what is left out is unanswered. `user_id` is
    not looked at: whoever is logged in submits."""

    quiz_id = serializers.IntegerField(min_value=1, max_value=MOST)
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
        """All courses with their topics in one list. `GET /api/courses/` has pages."""
        courses = course_tree(visible_courses(request.user)).order_by("pk")
        shown = LegacyCourseSerializer(courses, many=True)  # type: ignore[arg-type] # there are many
        return Response(shown.data)


class LegacyCourseView(APIView):
    scopes: ClassVar = {"*": "courses:read"}

    @extend_schema(responses=LegacyCourseSerializer, deprecated=True)
    def get(self, request: Request, pk: int) -> Response:
        """As `GET /api/courses/{slug}/` and its topics."""
        course = get_object_or_404(course_tree(visible_courses(request.user)), pk=pk)
        return Response(LegacyCourseSerializer(course).data)


class _MakeView(APIView):
    scopes: ClassVar = {"*": "quizzes:write"}

    def answer(self, request: Request, course_id: int, week: int | None) -> Response:
        """The quiz if there is one; else the job that makes it."""
        course = get_object_or_404(visible_courses(request.user), pk=course_id)
        module = None if week is None else get_object_or_404(course.modules, position=week)
        quiz = _quizzes(request).filter(course=course, module=module).first()
        if quiz is not None:
            return Response(LegacyQuizSerializer(_quiz(quiz)).data)
        return self._make(request, course, module)

    def _make(self, request: Request, course: Course, module: Module | None) -> Response:
        changeable_course(request, course.slug, "quizzes.change_quiz")
        job = once(
            request.user,
            request_key(request),
            ["make quiz", course.pk, module.position if module else None],
            lambda: request_quiz(course=course, module=module, requested_by=request.user),
        )
        return accepted(request, job)


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
        return Response(
            LegacyQuizSerializer(_quiz(get_object_or_404(_quizzes(request), pk=pk))).data
        )


class LegacySubmitView(APIView):
    scopes: ClassVar = {"*": "quizzes:take"}

    @extend_schema(
        request=LegacySubmissionSerializer, responses=LegacyResultSerializer, deprecated=True
    )
    def post(self, request: Request) -> Response:
        """Take and submit a quiz at once. `POST /api/quizzes/{id}/attempts/` begins an attempt."""
        sent = LegacySubmissionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        quiz = get_object_or_404(_quizzes(request), pk=sent.validated_data["quiz_id"])
        answers = sent.validated_data["answers"]
        attempt = start_attempt(quiz=quiz, learner=request.user)
        chosen = _chosen(quiz, attempt.answers.all(), answers)
        result = submit_attempt(attempt=attempt, chosen=chosen)
        return Response(LegacyResultSerializer(_result(request, result)).data)


def _quizzes(request: Request) -> QuerySet[Quiz]:
    return with_question_count(visible_quizzes(request.user))


def _quiz(quiz: Quiz) -> dict[str, Any]:
    questions = list(asked_questions(quiz))
    return {
        "quiz_id": str(quiz.pk),
        "title": quiz.title,
        "description": "",
        "quiz_type": "course" if quiz.is_final else "module",
        "module_week": None if quiz.module is None else quiz.module.position,
        "total_questions": len(questions),
        "course_id": str(quiz.course_id),
        "questions": [
            {
                "question_id": _question_id(quiz, position),
                "question_text": question.stem,
                "options": [choice.text for choice in question.choices.all()],
                "topic": question.topic.title if question.topic else "",
            }
            for position, question in enumerate(questions, start=1)
        ],
    }


def _question_id(quiz: Quiz, position: int) -> str:
    return f"{quiz.pk}_q{position}"


def _chosen(quiz: Quiz, asked: QuerySet[Answer], answers: dict[str, str]) -> dict[int, int | None]:
    """Positions to choices; raises ValidationError for other letters or questions."""
    positions = {_question_id(quiz, answer.position): answer for answer in asked}
    unknown = sorted(set(answers) - set(positions))
    if unknown:
        raise serializers.ValidationError({"answers": [f"There is no question {unknown[0]!r}."]})
    return {
        positions[name].position: _index(name, text, len(positions[name].asked["choices"]))
        for name, text in answers.items()
    }


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
        "user_id": request.user.get_username(),
        "score": attempt.correct,
        "total_questions": attempt.total,
        "percentage": attempt.percentage,
        "passed": attempt.passed,
        "detailed_results": [
            {
                "question_id": _question_id(attempt.quiz, answer.position),
                "question_text": answer.asked["stem"],
                "user_answer": "" if answer.chosen is None else LETTERS[answer.chosen],
                "correct_answer": LETTERS[answer.asked["correct"]],
                "is_correct": bool(answer.is_correct),
                "explanation": answer.asked["explanation"],
            }
            for answer in answers
        ],
    }
