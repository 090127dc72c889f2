"""Finds the course and module of each quiz.

A quiz names its course by id; in older files, only its words show which course it belongs to. If
more than one course fits, none is chosen, because a person has to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Max, Q

from courses.models import Course, CourseStatus, Module, Topic, unique_slug
from exchange.models import ImportedKind, ImportedRow
from exchange.old_json.provenance import ENGINE, Context, existing
from exchange.old_json.quiz_records import QuizRecord
from exchange.old_json.report import Place
from exchange.old_json.values import bounded_key, digest
from quizzes.models import Quiz

NOWHERE = Place("")
UNPLACED_KEY = "quizzes"
UNPLACED_TITLE = "Quizzes that were brought over without a place"


def words(text: str) -> str:
    """Returns the text with letters and digits only and without case, to compare titles."""
    letters = "".join(c if c.isalnum() else " " for c in text.casefold())
    return f" {' '.join(letters.split())} "


@dataclass(frozen=True, slots=True)
class Known:
    """An imported course, with the primary keys of its modules by week."""

    pk: int
    modules: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Slot:
    """A course and module that has, or can get, one quiz; `module` is None for the final quiz."""

    course: int
    module: int | None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """No slot was found for a quiz."""

    reason: str


@dataclass
class Titles:
    """The titles of a course and its modules, in the form of `words`."""

    course: Known
    title: str
    modules: dict[int, str] = field(default_factory=dict)


class Linker:
    """Finds slots for the quizzes of one batch, as the database is at the time of the batch."""

    def __init__(self, context: Context, titles: TitleIndex, records: Sequence[QuizRecord]) -> None:
        self._titles = titles
        keys = {record.course: bounded_key("id", record.course) for record in records}
        rows = context.imported(ImportedKind.COURSE, keys.values())
        there = existing(Course, rows.values())
        self._by_id = {
            number: known(rows[key])
            for number, key in keys.items()
            if key in rows and rows[key].row in there
        }
        self._taken: set[Slot] | None = None

    def slot_of(self, record: QuizRecord) -> Slot | Unplaced:
        """Returns the slot for a quiz, which is then taken; Unplaced if there is none."""
        course = self._course(record)
        if isinstance(course, Unplaced):
            return course
        slot = self._slot(course, record)
        if isinstance(slot, Slot) and self._is_taken(slot):
            where = "Its course" if slot.module is None else f"Week {record.week} of its course"
            return Unplaced(f"{where} has a quiz already.")
        return slot

    def _course(self, record: QuizRecord) -> Known | Unplaced:
        if record.course:
            found = self._by_id.get(record.course)
            return found or Unplaced(f"There is no course with the id {record.course[:50]}.")
        return self._titles.course_of(record)

    def _slot(self, course: Known, record: QuizRecord) -> Slot | Unplaced:
        if record.is_final:
            return Slot(course.pk, None)
        if record.week is None:
            return Unplaced("It does not say which week it belongs to.")
        module = course.modules.get(record.week)
        if module is None:
            return Unplaced(f"Its course has no week {record.week}.")
        return Slot(course.pk, module)

    def _is_taken(self, slot: Slot) -> bool:
        mine = Q(module=slot.module) if slot.module else Q(course=slot.course, module=None)
        if self._taken is None:
            self._taken = set()
        if slot in self._taken or (slot not in self._free and Quiz.objects.filter(mine).exists()):
            return True
        self._taken.add(slot)
        return False

    @cached_property
    def _free(self) -> set[Slot]:
        """The slots without a quiz of the courses that the batch names by id. One query answers for
        nearly all quizzes of the batch.
        """
        courses = {course.pk: course for course in self._by_id.values()}
        filled = set(Quiz.objects.filter(course__in=courses).values_list("course_id", "module_id"))
        slots = {
            Slot(pk, module)
            for pk, course in courses.items()
            for module in (None, *course.modules.values())
        }
        return slots - {Slot(course, module) for course, module in filled}


def known(row: ImportedRow) -> Known:
    weeks = {
        int(key[1:]): part[0]
        for key, part in row.parts.items()
        if key[:1] == "w" and key[1:].isdecimal()
    }
    return Known(int(row.row), weeks)


class TitleIndex:
    """Imported courses by their titles; read once, at the first quiz that names no course."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def _courses(self) -> list[Titles]:
        rows = ImportedRow.objects.filter(source=self._context.source, kind=ImportedKind.COURSE)
        found: dict[int, Titles] = {}
        titles = dict(
            Course.objects.filter(engine=ENGINE).exclude(title="").values_list("pk", "title")
        )
        for row in rows.iterator(500):
            course = known(row)
            if course.pk in titles:
                found[course.pk] = Titles(course, words(titles[course.pk]))
        modules = Module.objects.filter(course__in=found)
        for course_pk, week, title in modules.values_list("course_id", "position", "title"):
            found[course_pk].modules[week] = words(title)
        return list(found.values())

    def course_of(self, record: QuizRecord) -> Known | Unplaced:
        fitting = [one for one in self._courses if record.is_final or record.week in one.modules]
        if len(self._courses) == 1 and fitting:
            return fitting[0].course
        text = words(f"{record.title} {record.description}")
        for found in (
            self._longest([(one, one.title) for one in fitting], text),
            self._longest([(one, one.modules.get(record.week or 0, "")) for one in fitting], text),
            self._by_topics(fitting, record),
        ):
            if len(found) == 1:
                return found[0].course
        return Unplaced(
            "It names no course, and its titles do not show which course it belongs to."
        )

    def _longest(self, titles: Iterable[tuple[Titles, str]], text: str) -> list[Titles]:
        """Returns the courses with the longest of the titles that occur in `text`."""
        inside = [(one, title) for one, title in titles if title.strip() and title in text]
        most = max((len(title) for _, title in inside), default=0)
        return [one for one, title in inside if len(title) == most]

    def _by_topics(self, fitting: Sequence[Titles], record: QuizRecord) -> list[Titles]:
        """Returns the courses with the most topics that the questions name."""
        asked = {question.topic for question in record.questions if question.topic.strip()}
        topics = Topic.objects.filter(title__in=asked, module__course__engine=ENGINE)
        pks = list(topics.values_list("module__course_id", flat=True)) if asked else []
        hits = [(pks.count(one.course.pk), one) for one in fitting]
        most = max((count for count, _ in hits), default=0)
        return [one for count, one in hits if count == most and count]


class UnplacedQuizzes:
    """The course, hidden from learners, that takes quizzes whose course or module is not known."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def new_slot(self, title: str, reason: str) -> Slot:
        """Makes a module for one more quiz and returns its slot."""
        course = self._course()
        last = course.modules.aggregate(last=Max("position"))["last"] or 0
        module = Module.objects.create(
            course=course, position=last + 1, title=title, summary=reason
        )
        return Slot(course.pk, module.pk)

    def _course(self) -> Course:
        row = self._context.imported(ImportedKind.HOLDING, [UNPLACED_KEY]).get(UNPLACED_KEY)
        found = Course.objects.filter(pk=row.row).first() if row else None
        if found is not None:
            return found
        course = Course.objects.create(
            title=UNPLACED_TITLE,
            slug=unique_slug(UNPLACED_TITLE),
            status=CourseStatus.ARCHIVED,
            engine=ENGINE,
            owner=self._context.owner,
            notes=["Each module has a quiz whose course or week is not in the old files."],
        )
        if row is None:
            row = self._context.row(ImportedKind.HOLDING, _UnplacedRecord(), course.pk, {})
        row.row = str(course.pk)
        row.save()
        return course


@dataclass(frozen=True, slots=True)
class _UnplacedRecord:
    key: str = UNPLACED_KEY
    place: Place = NOWHERE
    content_hash: str = digest(UNPLACED_KEY)
