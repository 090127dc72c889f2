"""Quizzes and attempts as the API shows them. Right answers stand in results only."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

from quizzes.models import Answer, Attempt, Question, Quiz

# A leading zero would let two keys mean one question.
_POSITION = re.compile(r"[1-9]\d{0,5}", re.ASCII)


class QuizSerializer(serializers.ModelSerializer[Quiz]):
    course = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated] # of Course
    week = serializers.IntegerField(source="module.position", allow_null=True, default=None)
    question_count = serializers.IntegerField()

    class Meta:
        model = Quiz
        fields = ("id", "course", "week", "title", "pass_mark", "question_count")


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

    answers = serializers.DictField(child=serializers.IntegerField(allow_null=True))

    def validate_answers(self, answers: dict[str, int | None]) -> dict[int, int | None]:
        wrong = [key for key in answers if not _POSITION.fullmatch(key)]
        if wrong:
            raise serializers.ValidationError(
                f"{wrong[0][:20]!r} is not the position of a question."
            )
        return {int(key): choice for key, choice in answers.items()}
