"""Quizzes, and what learners answered.

What was asked is frozen with the attempt: an edit of a question changes no past score.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from courses.models import Course, Module, Passage, Topic, one_of
from quizzes.generation.schemas import BloomLevel, Difficulty, QuestionKind


class QuizStatus(models.TextChoices):
    GENERATING = "generating"
    READY = "ready"
    EMPTY = "empty"


class QuestionStatus(models.TextChoices):
    DRAFT = "draft"
    EDITED = "edited"
    APPROVED = "approved"
    REJECTED = "rejected"


# What learners are asked: all but what the item checks or a person kept out.
ASKED = (QuestionStatus.DRAFT, QuestionStatus.EDITED, QuestionStatus.APPROVED)


class Quiz(models.Model):
    """A module's quiz, or the course's final quiz where `module` is null.

    `notes` say, for example, why there are fewer questions than asked for.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="quizzes")
    module = models.OneToOneField(
        Module, null=True, blank=True, on_delete=models.CASCADE, related_name="quiz"
    )
    title = models.CharField(max_length=255)
    pass_mark = models.PositiveSmallIntegerField("pass mark, per cent", default=60)
    status = models.CharField(
        max_length=20, choices=QuizStatus.choices, default=QuizStatus.GENERATING
    )
    engine = models.CharField(max_length=50, blank=True)
    notes = ArrayField(models.TextField(), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "quizzes"
        ordering = ["course", models.F("module__position").asc(nulls_last=True)]
        constraints = [
            models.UniqueConstraint(
                fields=["course"], condition=Q(module__isnull=True), name="one_final_quiz"
            ),
            models.CheckConstraint(condition=Q(pass_mark__lte=100), name="quiz_pass_mark_to_100"),
            one_of("status", QuizStatus.values, "quiz_status_is_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("quiz-detail", args=[self.pk])

    @property
    def is_final(self) -> bool:
        return self.module_id is None


class Question(models.Model):
    """A multiple-choice item. `check_results` are the item checks it failed, if any."""

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    stem = models.TextField()
    explanation = models.TextField(blank=True)
    difficulty = models.CharField(max_length=10, default=Difficulty.MEDIUM)
    bloom = models.CharField("Bloom level", max_length=12, default=BloomLevel.REMEMBER)
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="questions"
    )
    passage = models.ForeignKey(
        Passage, null=True, blank=True, on_delete=models.SET_NULL, related_name="questions"
    )
    quote = models.TextField(blank=True)
    support = models.FloatField(default=0)
    check_results = models.JSONField(default=list, blank=True)
    status = models.CharField(
        max_length=10, choices=QuestionStatus.choices, default=QuestionStatus.DRAFT
    )

    class Meta:
        ordering = ["quiz", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "position"],
                name="question_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            one_of("kind", [kind.value for kind in QuestionKind], "question_kind_is_known"),
            one_of("difficulty", [level.value for level in Difficulty], "question_difficulty"),
            one_of("bloom", [level.value for level in BloomLevel], "question_bloom_is_known"),
            one_of("status", QuestionStatus.values, "question_status_is_known"),
            models.CheckConstraint(
                condition=Q(support__gte=0, support__lte=1), name="question_support_0_to_1"
            ),
        ]

    def __str__(self) -> str:
        return self.stem


class Choice(models.Model):
    """One of a question's answers; the database allows one correct choice a question.

    `feedback` says why a wrong choice is wrong, where the engine wrote it.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    feedback = models.TextField(blank=True)
    is_correct = models.BooleanField(default=False)

    class Meta:
        ordering = ["question", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "position"],
                name="choice_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["question"], condition=Q(is_correct=True), name="one_correct_choice"
            ),
            models.UniqueConstraint(fields=["question", "text"], name="choice_text_in_question"),
        ]

    def __str__(self) -> str:
        return self.text


class Attempt(models.Model):
    """A learner's go at a quiz. Score and percentage are set when it is submitted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="attempts")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts"
    )
    pass_mark = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    correct = models.PositiveIntegerField(null=True, blank=True)
    total = models.PositiveIntegerField()
    percentage = models.PositiveSmallIntegerField(null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    request_key = models.CharField(max_length=255, blank=True, editable=False)

    class Meta:
        ordering = ["-started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "request_key"],
                condition=~Q(request_key=""),
                name="attempt_request_key",
            ),
            models.CheckConstraint(
                condition=Q(
                    submitted_at__isnull=True,
                    correct__isnull=True,
                    percentage__isnull=True,
                    passed__isnull=True,
                )
                | Q(
                    submitted_at__isnull=False,
                    correct__isnull=False,
                    percentage__isnull=False,
                    passed__isnull=False,
                ),
                name="attempt_submitted_is_scored",
            ),
            models.CheckConstraint(
                condition=Q(correct__isnull=True) | Q(correct__lte=models.F("total")),
                name="attempt_correct_within_total",
            ),
            models.CheckConstraint(
                condition=Q(percentage__isnull=True) | Q(percentage__lte=100),
                name="attempt_percentage_to_100",
            ),
            models.UniqueConstraint(
                fields=["quiz", "learner"],
                condition=Q(submitted_at__isnull=True),
                name="one_open_attempt",
            ),
        ]
        indexes = [models.Index(fields=["learner", "-started_at"], name="attempt_history")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.quiz}"

    def get_absolute_url(self) -> str:
        return reverse("attempt-result", args=[self.pk])


class Answer(models.Model):
    """A question as it was asked in an attempt, and the learner's choice.

    `asked` is the frozen question: {"stem", "choices": [text], "correct": index,
    "explanation", "feedback": [text], "quote", "source"}; `chosen` is an index into its choices,
    null while unanswered.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    position = models.PositiveIntegerField()
    question = models.ForeignKey(
        Question, null=True, blank=True, on_delete=models.SET_NULL, related_name="answers"
    )
    asked = models.JSONField()
    chosen = models.PositiveSmallIntegerField(null=True, blank=True)
    is_correct = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="answer_position"),
            models.UniqueConstraint(fields=["attempt", "question"], name="answer_question_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.asked.get('stem', '')}"

    @property
    def feedback(self) -> str:
        """Why the learner's choice is wrong, in the engine's words; "" if there are none."""
        feedback = self.asked.get("feedback") or []
        if self.chosen is None or self.chosen >= len(feedback):
            return ""
        return str(feedback[self.chosen])
