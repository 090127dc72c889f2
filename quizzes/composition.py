"""How a quiz's questions are spread over formats and levels, and what gives right answers away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from string import ascii_uppercase

from engine.questions.formats import MultipleAnswers, QuestionFormat
from engine.questions.question_text import choice_key
from engine.questions.schemas import BloomLevel, Difficulty
from quizzes.models import FORMAT_LABELS, NOT_REJECTED, Question


@dataclass(frozen=True, slots=True)
class LongestChoice:
    """`right`: of how many `questions` the longest choice is right; `by_chance`: how many that
    would be if lengths said nothing. Questions whose longest choices are equally long are `tied`
    and not among `questions`: their lengths single none out."""

    questions: int
    right: int
    by_chance: float
    tied: int

    @property
    def words(self) -> str:
        """Returns words for teachers; "" if no question has choices."""
        if not self.questions:
            return "In no question is one choice longer than all others." if self.tied else ""
        noun = "question" if self.questions == 1 else "questions"
        left_out = f" Not counted: {self.tied} whose longest choices are equally long."
        return (
            f"The right answer is the longest choice in {self.right} of {self.questions} {noun}; "
            f"chance would give {self.by_chance:g}.{left_out if self.tied else ''}"
        )


@dataclass(frozen=True, slots=True)
class Composition:
    """Numbers of questions by format, Bloom level and difficulty, zeros included.

    `key_positions` counts the right choices at the first place, the second and so on, of single
    choices and multiple answers; a question with several right choices counts at each of them.
    """

    questions: int
    formats: dict[str, int]
    bloom: dict[str, int]
    difficulty: dict[str, int]
    key_positions: tuple[int, ...]
    longest: LongestChoice

    @property
    def facts(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """Headings for teachers with what was counted; what no question has is left out, except
        places where no right answer stands."""
        formats = {label: self.formats[one] for one, label in FORMAT_LABELS.items()}
        counted = {"Format": formats, "Bloom level": self.bloom, "Difficulty": self.difficulty}
        facts = [
            (heading, [(name, count) for name, count in counts.items() if count])
            for heading, counts in counted.items()
        ]
        # Imported questions may have more choices than there are letters.
        names = [*ascii_uppercase, *map(str, range(27, len(self.key_positions) + 1))]
        places = list(zip(names, self.key_positions, strict=False))
        return [*facts, *([("Right answers by place", places)] if places else [])]


def composition(questions: Iterable[Question]) -> Composition:
    """Counts drafts and what a person answers for; not what is rejected or only proposed.

    Reads the choices of single choices, which are best prefetched.
    """
    counted = [question for question in questions if question.status in NOT_REJECTED]
    offered = [found for found in map(_offered, counted) if found]
    places = Counter(place for _choices, right in offered for place in right)
    formats = Counter(question.format for question in counted)
    bloom = Counter(question.bloom for question in counted)
    difficulty = Counter(question.difficulty for question in counted)
    return Composition(
        questions=len(counted),
        formats={one.value: formats[one] for one in QuestionFormat},
        bloom={one.value: bloom[one] for one in BloomLevel},
        difficulty={one.value: difficulty[one] for one in Difficulty},
        key_positions=tuple(
            places[place] for place in range(max((len(one) for one, _ in offered), default=0))
        ),
        longest=_longest(offered),
    )


def _offered(question: Question) -> tuple[list[str], set[int]] | None:
    """Returns the choices as they are shown, and which are right. None for formats without choices,
    and for a question that was imported without a right one."""
    if question.format == QuestionFormat.SINGLE:
        rows = sorted(question.choices.all(), key=lambda choice: choice.position)
        choices = [row.text for row in rows]
        right = {place for place, row in enumerate(rows) if row.is_correct}
    elif isinstance(body := question.typed_body, MultipleAnswers):
        choices, right = list(body.choices), set(body.correct)
    else:
        return None
    return (choices, right) if right else None


def _longest(offered: Sequence[tuple[list[str], set[int]]]) -> LongestChoice:
    right_ones = tied = 0
    chance = Fraction(0)
    for choices, right in offered:
        lengths = [len(choice_key(choice)) for choice in choices]
        if lengths.count(max(lengths)) > 1:
            tied += 1
            continue
        right_ones += lengths.index(max(lengths)) in right
        chance += Fraction(len(right), len(choices))
    return LongestChoice(
        questions=len(offered) - tied,
        right=right_ones,
        by_chance=round(float(chance), 2),
        tied=tied,
    )
