"""Quizzes, and what learners answered.

What was asked is frozen with the attempt: an edit of a question changes no past score, unless
staff have attempts graded again by a corrected right answer (`quizzes.regrading`).
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import MD5, Coalesce
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone

from courses.models import Course, Module, Passage, Topic, one_of
from engine.questions.formats import Body, QuestionFormat, SingleChoice, read_body
from engine.questions.question_text import INVISIBLE, SPACES
from engine.questions.reviews import Review, review
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind
from engine.questions.shuffling import as_kept, as_shown, shuffled


class QuizStatus(models.TextChoices):
    GENERATING = "generating"
    READY = "ready"
    EMPTY = "empty"


class QuestionStatus(models.TextChoices):
    DRAFT = "draft"
    # Made again for a quiz that learners take; they are not asked it before it is approved.
    PROPOSED = "proposed"
    EDITED = "edited"
    APPROVED = "approved"
    REJECTED = "rejected"


# What a person answers for: learners are asked these, and no engine replaces them.
READ_BY_PERSON = (QuestionStatus.EDITED, QuestionStatus.APPROVED)
# What a quiz is made of: all but what the item checks or a person kept out. Drafts of it are asked
# only in courses that ask drafts: see `quizzes.queries.is_asked`.
NOT_REJECTED = (QuestionStatus.DRAFT, *READ_BY_PERSON)


FORMAT_LABELS = {
    QuestionFormat.SINGLE: "single choice",
    QuestionFormat.MULTIPLE: "multiple answers",
    QuestionFormat.TRUE_FALSE: "true or false",
    QuestionFormat.NUMERIC: "number",
    QuestionFormat.SHORT: "short answer",
    QuestionFormat.MATCHING: "matching",
    QuestionFormat.ORDERING: "ordering",
    QuestionFormat.FILL_IN: "fill in the blanks",
}


class CountedAttempt(models.TextChoices):
    """Which of several attempts at a quiz is the result."""

    BEST = "best", "the best"
    LAST = "last", "the last"
    FIRST = "first", "the first"


class AnswersShown(models.TextChoices):
    """When learners are told the right answers."""

    AT_ONCE = "at_once", "with the result of each attempt"
    AFTER_PASS = "after_pass", "once the quiz is passed, or after the last attempt"
    AFTER_LAST = "after_last", "after the last attempt"
    NEVER = "never", "never"


class DrawnBy(models.TextChoices):
    """Of what a quiz that draws its questions takes equally many, as far as there are."""

    ANY = "", "any questions"
    MODULE = "module", "each module alike"
    TOPIC = "topic", "each topic alike"
    DIFFICULTY = "difficulty", "each difficulty alike"
    BLOOM = "bloom", "each Bloom level alike"


class Layout(models.TextChoices):
    PAGE = "page", "all questions on one page"
    ONE = "one", "one question at a time"


class Quiz(models.Model):
    """A module's quiz, or the course's final quiz where `module` is null.

    `notes` say, for example, why there are fewer questions than asked for. The rules, from
    `time_limit` on, are for attempts that begin later; `counts` and `answers_shown` hold for all.
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
    # The rules have defaults of the database's own: the release before makes rows meanwhile.
    time_limit = models.PositiveSmallIntegerField(
        "time limit, minutes",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 60)],
        help_text="Empty: no limit.",
    )
    grace = models.PositiveSmallIntegerField(
        "grace, seconds",
        default=60,
        db_default=60,
        validators=[MaxValueValidator(3600)],
        help_text="Answers that arrive this long after the time limit still count.",
    )
    max_attempts = models.PositiveSmallIntegerField(
        "attempts allowed",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Empty: as many as learners like.",
    )
    wait_minutes = models.PositiveIntegerField(
        "waiting time between attempts, minutes",
        default=0,
        db_default=0,
        validators=[MaxValueValidator(60 * 24 * 60)],
    )
    counts = models.CharField(
        "attempt that counts",
        max_length=10,
        choices=CountedAttempt.choices,
        default=CountedAttempt.BEST,
        db_default=CountedAttempt.BEST.value,
    )
    answers_shown = models.CharField(
        "right answers are shown",
        max_length=10,
        choices=AnswersShown.choices,
        default=AnswersShown.AT_ONCE,
        db_default=AnswersShown.AT_ONCE.value,
    )
    shuffle = models.BooleanField(
        "shuffle questions and choices",
        default=True,
        db_default=True,
        help_text="Each attempt has an order of its own.",
    )
    draw = models.PositiveSmallIntegerField(
        "questions in an attempt",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="So many are drawn, first those that the learner was not asked yet. "
        "Empty: all questions.",
    )
    draw_by = models.CharField(
        "drawn from",
        max_length=10,
        choices=DrawnBy.choices,
        default=DrawnBy.ANY,
        db_default=DrawnBy.ANY.value,
        blank=True,
        help_text="What the drawn questions are spread over, so that none of it is left out by "
        "chance. A question belongs to the topic that it is about, and to that topic's module.",
    )
    layout = models.CharField(
        max_length=10,
        choices=Layout.choices,
        default=Layout.PAGE,
        db_default=Layout.PAGE.value,
        help_text="Learners can change it while they take the quiz.",
    )
    due_at = models.DateTimeField(
        "due",
        null=True,
        blank=True,
        help_text="Stands on the learners' first page until they have passed. The quiz stays open "
        "afterwards, and later attempts count too.",
    )

    class Meta:
        verbose_name_plural = "quizzes"
        ordering = ["course", models.F("module__position").asc(nulls_last=True)]
        constraints = [
            models.UniqueConstraint(
                fields=["course"], condition=Q(module__isnull=True), name="one_final_quiz"
            ),
            models.CheckConstraint(condition=Q(pass_mark__lte=100), name="quiz_pass_mark_to_100"),
            one_of("status", QuizStatus.values, "quiz_status_is_known"),
            one_of("counts", CountedAttempt.values, "quiz_counts_is_known"),
            one_of("answers_shown", AnswersShown.values, "quiz_answers_shown_is_known"),
            one_of("layout", Layout.values, "quiz_layout_is_known"),
            one_of("draw_by", DrawnBy.values, "quiz_draw_by_is_known"),
            models.CheckConstraint(
                condition=Q(time_limit__isnull=True) | Q(time_limit__gte=1),
                name="quiz_time_limit_from_1",
            ),
            models.CheckConstraint(
                condition=Q(max_attempts__isnull=True) | Q(max_attempts__gte=1),
                name="quiz_max_attempts_from_1",
            ),
            models.CheckConstraint(
                condition=Q(draw__isnull=True) | Q(draw__gte=1), name="quiz_draw_from_1"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("quiz-detail", args=[self.pk])

    def clean(self) -> None:
        super().clean()
        if self.answers_shown == AnswersShown.AFTER_LAST and self.max_attempts is None:
            words = "Say how many attempts are allowed, or there is no last one."
            raise ValidationError({"max_attempts": words})
        if self.draw_by and self.draw is None:
            raise ValidationError({"draw": "Say how many questions are drawn."})

    @property
    def is_final(self) -> bool:
        return self.module_id is None


class Question(models.Model):
    """A question of one `format`. `check_results` are the item checks it failed, if any.

    The choices of a single choice are rows of Choice and its `body` is empty: the database keeps
    them apart and allows one right one, statistics join them, and old clients and imports write
    them. All that another format needs, its right answer included, is its `body`, which has gone
    through `read_body`. `typed_body` reads both alike.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    # With defaults of the database's own: the release before makes rows meanwhile.
    format = models.CharField(
        max_length=20, default=QuestionFormat.SINGLE.value, db_default=QuestionFormat.SINGLE.value
    )
    body = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))
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
        indexes = [
            # Staff's first page looks for these in all courses.
            models.Index(
                fields=["quiz"],
                condition=Q(status__in=[QuestionStatus.DRAFT, QuestionStatus.PROPOSED]),
                name="question_unread",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "position"],
                name="question_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            one_of("kind", [kind.value for kind in QuestionKind], "question_kind_is_known"),
            one_of("format", [one.value for one in QuestionFormat], "question_format_is_known"),
            models.CheckConstraint(
                condition=Q(format=QuestionFormat.SINGLE.value, body={})
                | Q(
                    ~Q(format=QuestionFormat.SINGLE.value),
                    Exact(
                        Coalesce(KT("body__format"), Value(""), output_field=TextField()),
                        F("format"),
                    ),
                ),
                name="question_body_of_format",
            ),
            one_of("difficulty", [level.value for level in Difficulty], "question_difficulty"),
            one_of("bloom", [level.value for level in BloomLevel], "question_bloom_is_known"),
            one_of("status", QuestionStatus.values, "question_status_is_known"),
            models.CheckConstraint(
                condition=Q(support__gte=0, support__lte=1), name="question_support_0_to_1"
            ),
        ]

    def __str__(self) -> str:
        return self.stem

    @property
    def format_label(self) -> str:
        return FORMAT_LABELS[QuestionFormat(self.format)]

    @property
    def typed_body(self) -> Body:
        """Needs a right choice where the format is single choice; ValueError if there is none."""
        if self.format != QuestionFormat.SINGLE:
            return read_body(self.body)
        # Not validated: questions of imports have more choices, or longer ones, than are made now.
        choices = sorted(self.choices.all(), key=lambda choice: choice.position)
        return SingleChoice.model_construct(
            choices=tuple(choice.text for choice in choices),
            correct=[choice.is_correct for choice in choices].index(True),
            feedback=tuple(choice.feedback for choice in choices),
        )

    @property
    def review(self) -> Review:
        """The right answer, as people read it. Not of a single choice, which may have none."""
        return review(self.typed_body, None)


def same_choice(text: str) -> MD5:
    """Returns a fingerprint of `choice_key`, made by the database; an index holds no text of any
    length."""
    seen = Func(F(text), Value(INVISIBLE), Value(""), Value("g"), function="REGEXP_REPLACE")
    composed = Func(seen, template="NORMALIZE(%(expressions)s, NFC)", output_field=TextField())
    return MD5(Func(composed, Value(SPACES), function="BTRIM", output_field=TextField()))


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
            models.UniqueConstraint(F("question"), same_choice("text"), name="choice_told_apart"),
        ]

    def __str__(self) -> str:
        return self.text


class Attempt(models.Model):
    """A learner's go at a quiz. Score and percentage are set when it is submitted.

    A practice attempt shows after each answer whether it is right, and its score does not count.
    Where there is a time limit, the time is up at `ends_at`, and nothing is taken after
    `closes_at`: what was saved until then is scored.
    `drawn_from` is the number of questions of which `total` were drawn; null where all were asked.
    `correct` counts the answers that are wholly right, `points` adds up the shares of all; null
    in attempts from before there were shares, whose points are `correct`.
    `regraded_at` and `percentage_before` are set when the right answer of a question was corrected
    afterwards and staff had the attempt graded again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="attempts")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts"
    )
    pass_mark = models.PositiveSmallIntegerField()
    is_practice = models.BooleanField("practice", default=False, db_default=False)
    started_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField("time is up", null=True, blank=True)
    closes_at = models.DateTimeField("nothing is taken after", null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    correct = models.PositiveIntegerField(null=True, blank=True)
    points = models.FloatField(null=True, blank=True)
    total = models.PositiveIntegerField()
    drawn_from = models.PositiveIntegerField(null=True, blank=True)
    percentage = models.PositiveSmallIntegerField(null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    regraded_at = models.DateTimeField("graded again", null=True, blank=True)
    percentage_before = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "id"]
        constraints = [
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
            models.CheckConstraint(
                condition=Q(points__isnull=True)
                | Q(points__gte=F("correct"), points__lte=F("total")),
                name="attempt_points_to_total",
            ),
            models.UniqueConstraint(
                fields=["quiz", "learner", "is_practice"],
                condition=Q(submitted_at__isnull=True),
                name="one_open_attempt_of_a_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "-started_at"], name="attempt_history"),
            models.Index(fields=["-started_at", "id"], name="attempt_latest"),
            models.Index(
                fields=["-submitted_at"],
                condition=Q(submitted_at__isnull=False),
                name="attempt_handed_in",
            ),
            models.Index(
                fields=["closes_at"], condition=Q(submitted_at__isnull=True), name="attempt_closes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner}: {self.quiz}"

    def get_absolute_url(self) -> str:
        return reverse("attempt-result", args=[self.pk])

    @property
    def is_overdue(self) -> bool:
        """Whether it is open, and too late for any further answer."""
        late = self.closes_at is not None and self.closes_at <= timezone.now()
        return late and self.submitted_at is None

    @property
    def all_points(self) -> float | None:
        """The points, of whatever release; None before it is submitted."""
        return self.correct if self.points is None else self.points

    @property
    def has_parts(self) -> bool:
        """Whether an answer got a part of its point."""
        return self.all_points != self.correct

    @property
    def points_label(self) -> str:
        """The points of a submitted attempt, as in "7.5"; never rounded to a whole number."""
        points = Decimal(repr(self.all_points or 0))
        shown = points.quantize(Decimal("0.01"))
        if shown == shown.to_integral_value() != points:
            shown = points.quantize(Decimal("0.01"), ROUND_DOWN)
        return f"{shown.normalize():f}"


class ShownQuiz(models.Model):
    """A quiz as the prototype's addresses showed it to somebody, who may answer it later.

    `asked` are the frozen questions in order, as in `Answer`, each with its `question`'s number.
    The first attempt at it has the same id. Shown again unchanged, it stays one row until then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="+")
    pass_mark = models.PositiveSmallIntegerField()
    asked = models.JSONField()
    shown_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-shown_at"]
        indexes = [models.Index(fields=["learner", "quiz", "-shown_at"], name="shown_quiz_latest")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.quiz}"


def stored_body(body: Body | None) -> dict[str, Any]:
    """Returns what stands in a question's `body`: nothing for a single choice, which has rows."""
    if body is None or isinstance(body, SingleChoice):
        return {}
    return body.model_dump(mode="json")


def frozen_body(asked: Mapping[str, Any]) -> Body:
    """Returns the body of a question as it was frozen, of whatever release."""
    if asked.get("format", QuestionFormat.SINGLE) != QuestionFormat.SINGLE:
        return read_body(asked["body"])
    # Not validated again: those of imports have more choices, or longer ones, than are made now.
    return SingleChoice.model_construct(
        choices=tuple(asked["choices"]),
        correct=asked["correct"],
        feedback=tuple(asked.get("feedback") or ()),
    )


class Reading(models.TextChoices):
    """What a model made of a short answer that the list of accepted ones does not hold."""

    NONE = "", "not read"
    WAITING = "waiting", "being read"
    ACCEPTED = "accepted", "accepted"
    DECLINED = "declined", "not accepted"
    # Accepted at first; staff decided otherwise.
    TAKEN_BACK = "taken_back", "taken back"


# Verdicts that answers in the same words get too.
READ = (Reading.ACCEPTED, Reading.DECLINED, Reading.TAKEN_BACK)


class Answer(models.Model):
    """A question as it was asked in an attempt, and the learner's response.

    Responses are saved as they are given, `answered_at` tells when. They are kept by the numbers
    of the question's own entries; `asked["shuffled"]` is the order in which the learner saw these,
    and `body`, `given` and `give` are by what the learner saw. `checked_at`: in practice the
    learner was told whether the answer is right, and cannot change it any more.

    `asked` is the frozen question: {"format", "stem", "explanation", "quote", "source"}, with
    {"choices": [text], "correct": index, "feedback": [text]} for a single choice, which may lack
    its format, and with {"body"} for any other; `frozen_body` reads both. `response` is as the
    format has it, null while unanswered, and `score` its share from 0 to 1. `chosen` is the
    response to a single choice; answers from before there were formats have that alone.
    `regraded_at`: its right answer was corrected after the grading. `reading` and `reading_reason`
    are what a model said of a short answer (`quizzes.wordings`).
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    position = models.PositiveIntegerField()
    question = models.ForeignKey(
        Question, null=True, blank=True, on_delete=models.SET_NULL, related_name="answers"
    )
    asked = models.JSONField()
    chosen = models.PositiveSmallIntegerField(null=True, blank=True)
    response = models.JSONField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    is_correct = models.BooleanField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    regraded_at = models.DateTimeField(null=True, blank=True)
    # With defaults of the database's own: the release before makes rows meanwhile.
    reading = models.CharField(
        max_length=10,
        choices=Reading.choices,
        default=Reading.NONE,
        db_default=Reading.NONE.value,
        blank=True,
    )
    reading_reason = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering = ["attempt", "position"]
        indexes = [
            # Few answers are read by a model; what it said is looked up by their question.
            models.Index(
                fields=["question"], condition=Q(reading__in=list(READ)), name="answer_read"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="answer_position"),
            models.UniqueConstraint(fields=["attempt", "question"], name="answer_question_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=1),
                name="answer_score_0_to_1",
            ),
            one_of("reading", Reading.values, "answer_reading_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.asked.get('stem', '')}"

    @property
    def format(self) -> str:
        return str(self.asked.get("format", QuestionFormat.SINGLE))

    @property
    def body(self) -> Body:
        """Returns the body as the learner saw it."""
        return shuffled(frozen_body(self.asked), self.asked.get("shuffled"))

    @property
    def full_body(self) -> dict[str, Any]:
        """Returns the body as JSON, with the right answer."""
        return self.body.model_dump(mode="json")

    @property
    def given(self) -> Any:
        """The response, of whatever release, by what was shown; None if there is none."""
        kept = self.chosen if self.format == QuestionFormat.SINGLE else self.response
        shown = as_shown(kept, self.asked.get("shuffled"))
        return sorted(shown) if shown and self.format == QuestionFormat.MULTIPLE else shown

    def give(self, response: Any) -> None:
        """Stores a response that fits, by what was shown. None takes it away."""
        kept = as_kept(response, self.asked.get("shuffled"))
        if kept and self.format == QuestionFormat.MULTIPLE:
            kept = sorted(kept)
        if self.format == QuestionFormat.SINGLE:
            self.chosen = kept
        self.response = kept

    @property
    def version(self) -> str:
        """Differs where the answer was given anew; "" before it is given."""
        return self.answered_at.isoformat() if self.answered_at else ""

    @property
    def choices(self) -> list[str]:
        """Those of a single choice, as they were shown."""
        body = self.body
        return list(body.choices) if isinstance(body, SingleChoice) else []

    @property
    def chosen_shown(self) -> int | None:
        """The number of the choice taken, of a single choice, as shown."""
        return self.given if self.format == QuestionFormat.SINGLE else None

    @property
    def correct_shown(self) -> int | None:
        """The number of the right choice, of a single choice, as shown."""
        body = self.body
        return body.correct if isinstance(body, SingleChoice) else None

    @property
    def share(self) -> float | None:
        """The score, of whatever release; None before it is submitted."""
        if self.score is None and self.is_correct is not None:
            return float(self.is_correct)
        return self.score

    @property
    def is_accepted_by_model(self) -> bool:
        return self.reading == Reading.ACCEPTED

    @property
    def review(self) -> Review:
        return review(self.body, self.given)

    @property
    def feedback(self) -> str:
        """Why what the learner chose is wrong, in the engine's words; "" if there are none."""
        return "" if self.given is None else self.body.feedback_on(self.given)


class PracticePlan(models.Model):
    """How a learner wants to practise. Without a row the defaults hold."""

    learner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_plan"
    )
    new_per_day = models.PositiveSmallIntegerField(default=10)
    shows_streak = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(new_per_day__lte=100), name="practice_new_to_100")
        ]

    def __str__(self) -> str:
        return f"{self.learner}: {self.new_per_day}"


class CardState(models.IntegerChoices):
    """As FSRS numbers them."""

    LEARNING = 1
    REVIEW = 2
    RELEARNING = 3


class Rating(models.IntegerChoices):
    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


class Card(models.Model):
    """A flashcard of a learner: a key term of a lesson, or a question that was missed.

    A term is named by its words, because writing a lesson again makes new rows of key terms. What
    is on the card is read from the term or the question as it is now. `stability`, `difficulty`,
    `state` and `step` are those of FSRS. A new card has no `last_review`.
    """

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cards"
    )
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.CASCADE, related_name="cards"
    )
    term = models.CharField(max_length=200, blank=True)
    question = models.ForeignKey(
        Question, null=True, blank=True, on_delete=models.CASCADE, related_name="cards"
    )
    state = models.PositiveSmallIntegerField(choices=CardState.choices, default=CardState.LEARNING)
    step = models.PositiveSmallIntegerField(null=True, blank=True, default=0)
    stability = models.FloatField(null=True, blank=True)
    difficulty = models.FloatField(null=True, blank=True)
    due = models.DateTimeField()
    last_review = models.DateTimeField(null=True, blank=True)
    is_set_aside = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["due", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "topic", "term"], name="card_of_term_once"),
            models.UniqueConstraint(fields=["learner", "question"], name="card_of_question_once"),
            models.CheckConstraint(
                condition=Q(question__isnull=True, topic__isnull=False) & ~Q(term="")
                | Q(question__isnull=False, topic__isnull=True, term=""),
                name="card_of_term_or_question",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CardState.values), name="card_state_is_known"
            ),
        ]
        indexes = [models.Index(fields=["learner", "due"], name="card_due")]

    def __str__(self) -> str:
        return self.term or str(self.question)


class CardReview(models.Model):
    """That a learner answered a card, and how well. It outlives the card: streaks count reviews."""

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="card_reviews"
    )
    card = models.ForeignKey(Card, null=True, on_delete=models.SET_NULL, related_name="reviews")
    rating = models.PositiveSmallIntegerField(choices=Rating.choices)
    was_new = models.BooleanField()
    reviewed_at = models.DateTimeField()

    class Meta:
        ordering = ["-reviewed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(rating__in=Rating.values), name="card_review_rating")
        ]
        indexes = [models.Index(fields=["learner", "reviewed_at"], name="card_review_latest")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.rating}"


# Not taken for each other when somebody reads them from paper.
CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12


def spelled_code(signs: str) -> str:
    """Returns the code with hyphens, as in "7KQ2-M9XD-4TWC"."""
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


def new_code() -> str:
    """Returns 60 random bits, so that nobody guesses one."""
    return spelled_code("".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH)))


class Certificate(models.Model):
    """That somebody passed a course. It says what was true when it was issued, whatever has become
    of the course since; anybody who has its `code` can check it."""

    code = models.CharField(max_length=14, unique=True, default=new_code, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="certificates"
    )
    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.SET_NULL, related_name="certificates"
    )
    name = models.CharField("name of the learner", max_length=301)
    course_title = models.CharField(max_length=255)
    language = models.CharField(max_length=10, default="en")
    issued_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField("reason", max_length=500, blank=True)

    class Meta:
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "course"],
                condition=Q(revoked_at__isnull=True, course__isnull=False),
                name="one_valid_certificate",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("certificate", args=[self.code])
