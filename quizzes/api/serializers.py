"""Quizzes and attempts as the API shows them. Right answers stand in results only."""

from __future__ import annotations

import re
from typing import Any, ClassVar, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from courses.queries import editable_courses
from engine.questions.formats import QuestionFormat
from engine.questions.schemas import BloomLevel, Difficulty
from quizzes.api.bodies import BodyField, ResponseField, ShownBodyField
from quizzes.composition import Composition, LongestChoice
from quizzes.editing import ChoiceEdit
from quizzes.models import Answer, AnswersShown, Attempt, Certificate, Choice, Question, Quiz
from quizzes.regrading import Regrade
from quizzes.rules import RULES, answers_are_shown

# Far more choices than a question has, few enough to be named in an answer.
MAX_CHOICE_INDEX = 999
# The editing service takes off what surrounds a text; indentation is part of it.
AS_WRITTEN = {"trim_whitespace": False}
# A leading zero would let two keys mean one question.
_POSITION = re.compile(r"[1-9]\d{0,5}", re.ASCII)
FORMATS = [one.value for one in QuestionFormat]


@extend_schema_field({"type": "string", "const": "import"})
class ImportKindField(serializers.CharField):
    pass


class ImportResultSerializer(serializers.Serializer[dict[str, Any]]):
    """What an import took in: by kind of record, how many were read and what became of them.
    `clean` says that all of it is here as the files have it."""

    kind = ImportKindField()
    import_run = serializers.IntegerField()
    clean = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))


RULE_WORDS: dict[str, dict[str, Any]] = {
    "time_limit": {"help_text": "Minutes for an attempt, or null for no limit."},
    "grace": {"help_text": "Seconds after the time limit in which answers still count."},
    "max_attempts": {"help_text": "How often somebody may take it, or null for any number."},
    "wait_minutes": {"help_text": "Minutes from the end of an attempt to the next one."},
    "counts": {"help_text": "Which of several attempts is the result."},
    "answers_shown": {"help_text": "When learners are told the right answers."},
    "shuffle": {"help_text": "Whether each attempt has questions and choices in its own order."},
    "draw": {"help_text": "How many questions are drawn for an attempt, or null for all."},
    "draw_by": {
        "help_text": "What the drawn questions are spread over: nothing (empty), modules, "
        "topics, difficulties or Bloom levels; needs `draw`."
    },
    "layout": {"help_text": "Whether pages show all questions or one at a time."},
    "due_at": {"help_text": "Until when it should be passed, or null; it stays open afterwards."},
}


class QuizSerializer(serializers.ModelSerializer[Quiz]):
    course = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated] # of Course
    week = serializers.IntegerField(source="module.position", allow_null=True, default=None)
    question_count = serializers.IntegerField()

    class Meta:
        model = Quiz
        fields = ("id", "course", "week", "title", "pass_mark", "question_count", *RULES)
        extra_kwargs: ClassVar = RULE_WORDS


class QuizEditSerializer(serializers.ModelSerializer[Quiz]):
    pass_mark = serializers.IntegerField(min_value=0, max_value=100, help_text="Per cent.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        quiz = cast("Quiz", self.instance)
        after_last = attrs.get("answers_shown", quiz.answers_shown) == AnswersShown.AFTER_LAST
        if after_last and attrs.get("max_attempts", quiz.max_attempts) is None:
            words = "Say how many attempts are allowed, or there is no last one."
            raise serializers.ValidationError({"max_attempts": [words]})
        if attrs.get("draw_by", quiz.draw_by) and attrs.get("draw", quiz.draw) is None:
            raise serializers.ValidationError({"draw": ["Say how many questions are drawn."]})
        return attrs

    class Meta:
        model = Quiz
        fields = ("title", "pass_mark", *RULES)
        extra_kwargs: ClassVar = RULE_WORDS


class QuizRequestSerializer(serializers.Serializer[dict[str, Any]]):
    """`week` of a module, or null for the course's final quiz."""

    week = serializers.IntegerField(min_value=1, max_value=10**6, allow_null=True)


class QuestionSerializer(serializers.ModelSerializer[Question]):
    choices = serializers.SlugRelatedField("text", many=True, read_only=True)  # type: ignore[var-annotated] # of Choice

    body = ShownBodyField(source="typed_body.shown", read_only=True)

    class Meta:
        model = Question
        fields = ("position", "format", "stem", "choices", "body", "difficulty")


class QuizDetailSerializer(QuizSerializer):
    questions = QuestionSerializer(many=True, source="asked")

    class Meta(QuizSerializer.Meta):
        fields = (*QuizSerializer.Meta.fields, "questions")  # type: ignore[assignment] # one more


def _counted(by: str) -> serializers.DictField:
    words = f"By {by}: how many questions. All of them are named."
    return serializers.DictField(child=serializers.IntegerField(min_value=0), help_text=words)


class LongestChoiceSerializer(serializers.Serializer[LongestChoice]):
    """Where much more of the longest choices are `right` than `by_chance`, lengths give right
    answers away."""

    questions = serializers.IntegerField(
        min_value=0, help_text="Those with choices of which one is the longest."
    )
    right = serializers.IntegerField(
        min_value=0, help_text="Of how many of them the longest choice is right."
    )
    by_chance = serializers.FloatField(
        min_value=0, help_text="Of how many it would be right if lengths said nothing."
    )
    tied = serializers.IntegerField(
        min_value=0, help_text="Questions whose longest choices are equally long; not counted."
    )


class CompositionSerializer(serializers.Serializer[Composition]):
    """What a quiz is made of, drafts included; proposals and rejected questions are not counted."""

    questions = serializers.IntegerField(min_value=0)
    formats = _counted("format")
    bloom = _counted("Bloom level")
    difficulty = _counted("difficulty")
    key_positions = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        help_text="How often a right answer is the first choice, the second and so on, of single "
        "choices and multiple answers.",
    )
    longest = LongestChoiceSerializer()


class AskedSerializer(serializers.ModelSerializer[Answer]):
    """A question of an open attempt; choices are numbered from 0 in the order given.

    `choices` are those of a single choice; what another format needs is its `body`.
    """

    format = serializers.ChoiceField(FORMATS)
    stem = serializers.CharField(source="asked.stem")
    choices = serializers.ListField(child=serializers.CharField())
    body: BodyField = ShownBodyField(source="body.shown", read_only=True)
    response = ResponseField(source="given", read_only=True, allow_null=True)

    class Meta:
        model = Answer
        fields = ("position", "format", "stem", "choices", "body", "response", "answered_at")


class ScoredSerializer(AskedSerializer):
    """A question of a submitted attempt with the right answer and where it stands.

    `chosen` and `correct` are numbers of choices of a single choice, null for other formats.
    """

    body = BodyField(source="full_body", read_only=True)
    chosen = serializers.IntegerField(source="chosen_shown", allow_null=True)
    score = serializers.FloatField(
        source="share", min_value=0, max_value=1, help_text="The share of the question's point."
    )
    correct = serializers.IntegerField(source="correct_shown", allow_null=True)
    explanation = serializers.CharField(source="asked.explanation")
    feedback = serializers.CharField(
        help_text="Why the choice that was made is wrong; empty where nothing was written.",
    )
    quote = serializers.CharField(source="asked.quote")
    source = serializers.CharField(source="asked.source")  # type: ignore[assignment] # the name
    accepted_by_model = serializers.BooleanField(
        source="is_accepted_by_model",
        help_text="Whether a short answer is right because a language model found that it means "
        "the same as an accepted one. Staff can take that back.",
    )

    class Meta(AskedSerializer.Meta):
        fields = (  # type: ignore[assignment] # more than the base
            *AskedSerializer.Meta.fields,
            "score",
            "chosen",
            "is_correct",
            "correct",
            "explanation",
            "feedback",
            "quote",
            "source",
            "accepted_by_model",
        )


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    state = serializers.SerializerMethodField()
    points = serializers.FloatField(
        source="all_points",
        allow_null=True,
        help_text="What the answers add up to, with parts of a point; `correct` counts the answers "
        "that are wholly right.",
    )

    class Meta:
        model = Attempt
        fields = (
            "id",
            "state",
            "quiz",
            "is_practice",
            "pass_mark",
            "started_at",
            "ends_at",
            "closes_at",
            "submitted_at",
            "correct",
            "points",
            "total",
            "drawn_from",
            "percentage",
            "passed",
            "regraded_at",
            "percentage_before",
        )
        extra_kwargs = {
            "is_practice": {"help_text": "Practice does not count."},
            "drawn_from": {
                "help_text": "Of how many questions those of the attempt were drawn; null where "
                "all were asked."
            },
            "ends_at": {"help_text": "When the time is up; null without a time limit."},
            "closes_at": {"help_text": "From then on no answer is taken any more."},
            "regraded_at": {
                "help_text": "When the attempt was graded again, by a right answer that staff had "
                "corrected; null if it was not."
            },
            "percentage_before": {"help_text": "What it was before it was graded again."},
        }

    @extend_schema_field({"type": "string", "enum": ["open", "submitted"]})
    def get_state(self, attempt: Attempt) -> str:
        return "open" if attempt.submitted_at is None else "submitted"


class OpenAttemptSerializer(AttemptSerializer):
    questions = AskedSerializer(many=True, source="answers")

    class Meta(AttemptSerializer.Meta):
        fields = (*AttemptSerializer.Meta.fields, "questions")  # type: ignore[assignment] # one more

    @extend_schema_field({"type": "string", "const": "open"})
    def get_state(self, attempt: Attempt) -> str:
        return super().get_state(attempt)


class ResultSerializer(AttemptSerializer):
    """Where the quiz does not show right answers now, `answers_shown` is false and `questions` is
    empty."""

    answers_shown = serializers.SerializerMethodField()
    questions = serializers.SerializerMethodField()

    class Meta(AttemptSerializer.Meta):
        fields = (*AttemptSerializer.Meta.fields, "answers_shown", "questions")  # type: ignore[assignment] # two more

    def get_answers_shown(self, attempt: Attempt) -> bool:
        shown: bool = answers_are_shown(attempt, self.context["viewer"])
        return shown

    @extend_schema_field(ScoredSerializer(many=True))
    def get_questions(self, attempt: Attempt) -> Any:
        if not self.get_answers_shown(attempt):
            return []
        return ScoredSerializer(attempt.answers.all(), many=True).data

    @extend_schema_field({"type": "string", "const": "submitted"})
    def get_state(self, attempt: Attempt) -> str:
        return super().get_state(attempt)


class SubmissionSerializer(serializers.Serializer[dict[str, Any]]):
    """Question positions, from 1, to responses; null is unanswered. Of a question that is absent
    the saved response counts, if there is one.

    `responses` takes every format. `answers` takes numbers of choices, from 0, for questions of
    single choice; a question may stand in one of the two.
    """

    responses = serializers.DictField(child=ResponseField(allow_null=True), required=False)
    answers = serializers.DictField(
        child=serializers.IntegerField(allow_null=True, min_value=0, max_value=MAX_CHOICE_INDEX),
        required=False,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """All of them in `responses`, by the number of their position."""
        if not attrs:
            raise serializers.ValidationError({"responses": ["Send the responses."]})
        for field in ("responses", "answers"):
            wrong = [key for key in attrs.get(field, ()) if not _POSITION.fullmatch(key)]
            if wrong:
                words = f"{wrong[0][:20]!r} is not the position of a question."
                raise serializers.ValidationError({field: [words]})
        responses, answers = attrs.get("responses", {}), attrs.get("answers", {})
        twice = sorted(responses.keys() & answers.keys())
        if twice:
            words = f"Question {twice[0]} stands in `answers` too; send it once."
            raise serializers.ValidationError({"responses": [words]})
        everything = {**responses, **answers}
        return {"responses": {int(key): value for key, value in everything.items()}}


class SavingSerializer(SubmissionSerializer):
    """Responses to be kept while the attempt is open, by position; null takes one away.

    `ages` says of some how many seconds ago they were given, where they waited for a connection:
    the later of two responses to a question stands.
    """

    ages = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=10**8), required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        ages = attrs.pop("ages", {})
        responses = super().validate(attrs)["responses"]
        unknown = [key for key in ages if not key.isdecimal() or int(key) not in responses]
        if unknown:
            words = f"There is no response to {unknown[0][:20]!r}."
            raise serializers.ValidationError({"ages": [words]})
        return {"responses": responses, "ages": {int(key): age for key, age in ages.items()}}


class SavedSerializer(serializers.Serializer[Any]):
    """`saved`: what is kept now; `kept`: positions of questions with a later response, which
    stands, and of those that were checked in practice."""

    saved = serializers.ListField(child=serializers.IntegerField())
    kept = serializers.ListField(child=serializers.IntegerField())
    unanswered = serializers.IntegerField()


class CheckSerializer(serializers.Serializer[dict[str, Any]]):
    """A question of a practice attempt; without a `response` the saved one is checked."""

    position = serializers.IntegerField(min_value=1, max_value=10**6)
    response = ResponseField(required=False, allow_null=True)


class QuizPracticeSerializer(serializers.Serializer[dict[str, Any]]):
    topics = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        required=False,
        max_length=200,
        help_text="Ids of topics; none or empty: all.",
    )


class CertificateSerializer(serializers.ModelSerializer[Certificate]):
    course = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated] # of Course
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Certificate
        fields = (
            "code",
            "url",
            "course",
            "course_title",
            "name",
            "issued_at",
            "revoked_at",
            "revoked_because",
        )


class CertificateRequestSerializer(serializers.Serializer[dict[str, Any]]):
    course = serializers.CharField(max_length=80, help_text="Its slug.")


class RevocationSerializer(serializers.Serializer[dict[str, Any]]):
    reason = serializers.CharField(max_length=500)


class ReviewChoiceSerializer(serializers.ModelSerializer[Choice]):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # A change of the question is partial, its choices are not: all of them are replaced.
        if "text" not in attrs:
            raise serializers.ValidationError({"text": ["Give each choice a text."]})
        return attrs

    class Meta:
        model = Choice
        fields = ("text", "is_correct", "feedback")
        extra_kwargs: ClassVar = dict.fromkeys(("text", "feedback"), AS_WRITTEN)
        # `check_choices` looks at all of a question's choices together.
        validators: tuple[Any, ...] = ()


class ReviewQuestionSerializer(serializers.ModelSerializer[Question]):
    """A question as reviewers see it, with the right answer and what the checks found.

    A single choice has `choices` and no `body`; any other format has a `body` and no choices.
    """

    choices = ReviewChoiceSerializer(many=True)
    body = BodyField(allow_null=True, read_only=True)
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
            "format",
            "stem",
            "choices",
            "body",
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
    """All choices are replaced where `choices` is given; one of them is the right one.

    A question of another format than single choice has a `body` instead, which is replaced whole.
    Its format stays.
    """

    choices = ReviewChoiceSerializer(many=True, required=False)
    body = BodyField(required=False)
    difficulty = serializers.ChoiceField([level.value for level in Difficulty])
    bloom = serializers.ChoiceField([level.value for level in BloomLevel])
    regrade = serializers.ChoiceField(
        Regrade.choices,
        required=False,
        write_only=True,
        help_text="Which attempts are graded by the right answer as it is then: `all`, those that "
        "are under way (`open`), or `none`.",
    )

    class Meta:
        model = Question
        fields = ("stem", "explanation", "difficulty", "bloom", "choices", "body", "regrade")
        extra_kwargs: ClassVar = dict.fromkeys(("stem", "explanation"), AS_WRITTEN)

    def validate_choices(self, choices: list[dict[str, Any]]) -> list[ChoiceEdit]:
        return [
            ChoiceEdit(one["text"], one.get("is_correct", False), one.get("feedback", ""))
            for one in choices
        ]


class NewQuestionSerializer(QuestionEditSerializer):
    """A question that a person writes: `choices` of a single choice, or the `body` of another
    format."""

    quiz = serializers.PrimaryKeyRelatedField(queryset=Quiz.objects.none())
    difficulty = serializers.ChoiceField(
        [level.value for level in Difficulty], default=Difficulty.MEDIUM.value
    )
    bloom = serializers.ChoiceField(
        [level.value for level in BloomLevel], default=BloomLevel.UNDERSTAND.value
    )
    regrade = None  # type: ignore[assignment] # nobody was asked it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request := self.context.get("request"):
            courses = editable_courses(request.user)
            cast("Any", self.fields["quiz"]).queryset = Quiz.objects.filter(course__in=courses)

    class Meta(QuestionEditSerializer.Meta):
        fields = ("quiz", "stem", "explanation", "difficulty", "bloom", "choices", "body")


class RejectionSerializer(serializers.Serializer[dict[str, Any]]):
    reason = serializers.CharField(max_length=500)
