"""Quizzes and attempts as the API shows them. Right answers stand in results only."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

from quizzes.editing import ChoiceEdit
from quizzes.generation.schemas import BloomLevel, Difficulty
from quizzes.models import Answer, Attempt, Choice, Question, Quiz

# Far more choices than a question has, few enough to be named in an answer.
MOST = 999
# A leading zero would let two keys mean one question.
_POSITION = re.compile(r"[1-9]\d{0,5}", re.ASCII)


class QuizSerializer(serializers.ModelSerializer[Quiz]):
    course = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated] # of Course
    week = serializers.IntegerField(source="module.position", allow_null=True, default=None)
    question_count = serializers.IntegerField()

    class Meta:
        model = Quiz
        fields = ("id", "course", "week", "title", "pass_mark", "question_count")


class QuizEditSerializer(serializers.ModelSerializer[Quiz]):
    pass_mark = serializers.IntegerField(min_value=0, max_value=100, help_text="Per cent.")

    class Meta:
        model = Quiz
        fields = ("title", "pass_mark")


class QuizRequestSerializer(serializers.Serializer[dict[str, Any]]):
    """`week` of a module, or null for the course's final quiz."""

    week = serializers.IntegerField(min_value=1, max_value=10**6, allow_null=True)


class QuestionSerializer(serializers.ModelSerializer[Question]):
    choices = serializers.SlugRelatedField("text", many=True, read_only=True)  # type: ignore[var-annotated] # of Choice

    class Meta:
        model = Question
        fields = ("position", "stem", "choices", "difficulty")


class QuizDetailSerializer(QuizSerializer):
    questions = QuestionSerializer(many=True, source="asked")

    class Meta(QuizSerializer.Meta):
        fields = (*QuizSerializer.Meta.fields, "questions")  # type: ignore[assignment] # one more


class AskedSerializer(serializers.ModelSerializer[Answer]):
    """A question of an open attempt; choices are numbered from 0 in the order given."""

    stem = serializers.CharField(source="asked.stem")
    choices = serializers.ListField(source="asked.choices", child=serializers.CharField())

    class Meta:
        model = Answer
        fields = ("position", "stem", "choices")


class ScoredSerializer(AskedSerializer):
    """A question of a submitted attempt with the right answer and where it stands."""

    correct = serializers.IntegerField(source="asked.correct")
    explanation = serializers.CharField(source="asked.explanation")
    feedback = serializers.CharField(
        help_text="Why the choice that was made is wrong; empty where nothing was written.",
    )
    quote = serializers.CharField(source="asked.quote")
    source = serializers.CharField(source="asked.source")  # type: ignore[assignment] # the name

    class Meta(AskedSerializer.Meta):
        fields = (  # type: ignore[assignment] # more than the base
            *AskedSerializer.Meta.fields,
            "chosen",
            "is_correct",
            "correct",
            "explanation",
            "feedback",
            "quote",
            "source",
        )


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    class Meta:
        model = Attempt
        fields = (
            "id",
            "quiz",
            "pass_mark",
            "started_at",
            "submitted_at",
            "correct",
            "total",
            "percentage",
            "passed",
        )


class OpenAttemptSerializer(AttemptSerializer):
    questions = AskedSerializer(many=True, source="answers")

    class Meta(AttemptSerializer.Meta):
        fields = (*AttemptSerializer.Meta.fields, "questions")  # type: ignore[assignment] # one more


class ResultSerializer(AttemptSerializer):
    questions = ScoredSerializer(many=True, source="answers")

    class Meta(AttemptSerializer.Meta):
        fields = (*AttemptSerializer.Meta.fields, "questions")  # type: ignore[assignment] # one more


class SubmissionSerializer(serializers.Serializer[dict[str, Any]]):
    """Question positions, from 1, to choice numbers, from 0; null or absent is unanswered."""

    answers = serializers.DictField(
        child=serializers.IntegerField(allow_null=True, min_value=0, max_value=MOST)
    )

    def validate_answers(self, answers: dict[str, int | None]) -> dict[int, int | None]:
        wrong = [key for key in answers if not _POSITION.fullmatch(key)]
        if wrong:
            raise serializers.ValidationError(
                f"{wrong[0][:20]!r} is not the position of a question."
            )
        return {int(key): choice for key, choice in answers.items()}


class ReviewChoiceSerializer(serializers.ModelSerializer[Choice]):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # A change of the question is partial, its choices are not: all of them are replaced.
        if "text" not in attrs:
            raise serializers.ValidationError({"text": ["Give each choice a text."]})
        return attrs

    class Meta:
        model = Choice
        fields = ("text", "is_correct", "feedback")
        # `check_choices` looks at all of a question's choices together.
        validators: tuple[Any, ...] = ()


class ReviewQuestionSerializer(serializers.ModelSerializer[Question]):
    """A question as reviewers see it, with the right answer and what the checks found."""

    choices = ReviewChoiceSerializer(many=True)
    check_results = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField())
    )
    source = serializers.CharField(  # type: ignore[assignment] # the name
        source="passage", allow_null=True
    )

    class Meta:
        model = Question
        fields = (
            "id",
            "quiz",
            "position",
            "kind",
            "stem",
            "choices",
            "explanation",
            "difficulty",
            "bloom",
            "topic",
            "quote",
            "source",
            "support",
            "status",
            "check_results",
        )


class QuestionEditSerializer(serializers.ModelSerializer[Question]):
    """All choices are replaced where `choices` is given; one of them is the right one."""

    choices = ReviewChoiceSerializer(many=True, required=False)
    difficulty = serializers.ChoiceField([level.value for level in Difficulty])
    bloom = serializers.ChoiceField([level.value for level in BloomLevel])

    class Meta:
        model = Question
        fields = ("stem", "explanation", "difficulty", "bloom", "choices")

    def validate_choices(self, choices: list[dict[str, Any]]) -> list[ChoiceEdit]:
        return [
            ChoiceEdit(one["text"], one.get("is_correct", False), one.get("feedback", ""))
            for one in choices
        ]


class RejectionSerializer(serializers.Serializer[dict[str, Any]]):
    reason = serializers.CharField(max_length=500)
