"""What quizzes add to the course's page: the courses app itself knows of none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from courses.admin.base import count_by
from courses.admin.course import CourseAdminExtension, extend_course_admin
from courses.models import Course, Module
from courses.publishing import Obstacle
from quizzes.models import Attempt, Choice, Question, QuestionStatus, Quiz
from quizzes.queries import OF_QUIZ, is_asked


@admin.display(description="questions", ordering="questions_counted")
def question_total(course: Course) -> int:
    count: int = vars(course)["questions_counted"]
    return count


class QuizzesOfCourse(CourseAdminExtension):
    columns = (question_total,)

    def annotate(self, courses: QuerySet[Course]) -> QuerySet[Course]:
        asked = Question.objects.filter(is_asked())
        return courses.annotate(questions_counted=count_by(asked, "quiz__course"))

    def tree(self, modules: QuerySet[Module]) -> QuerySet[Module]:
        questions = (
            Question.objects.select_related("quiz", "passage__document")
            .prefetch_related(Prefetch("choices", Choice.objects.order_by("position")))
            .order_by("quiz__module", "position")
        )
        return modules.prefetch_related(Prefetch("topics__questions", questions))

    def context(self, course: Course) -> dict[str, Any]:
        quizzes = course.quizzes.annotate(
            asked=Count("questions", filter=OF_QUIZ),
            drafts=Count("questions", filter=Q(questions__status=QuestionStatus.DRAFT)),
            rejected=Count("questions", filter=Q(questions__status=QuestionStatus.REJECTED)),
        )
        # Counting groups the rows, and a model's own ordering does not survive that.
        return {"quizzes": quizzes.order_by(F("module__position").asc(nulls_last=True))}

    def is_used(self, courses: Sequence[Any]) -> bool:
        return Attempt.objects.filter(quiz__course__in=courses).exists()

    def obstacles(self, course: Course) -> Iterator[Obstacle]:
        questions = Question.objects.filter(quiz__course=course)
        unread = questions.filter(status__in=[QuestionStatus.DRAFT, QuestionStatus.PROPOSED])
        if count := unread.count():
            first = unread.order_by("quiz__module__position", "position")[0]
            yield Obstacle(f"Questions that nobody has read: {count}.", f"question-{first.pk}")
        asked = questions.filter(is_asked(), quiz=OuterRef("pk"))
        for quiz in course.quizzes.filter(~Exists(asked)):
            words = f"\u201c{quiz}\u201d asks nothing: approve or write a question for it."
            yield Obstacle(words)

    def contents(self, courses: Sequence[Any]) -> dict[str, int]:
        return {
            "quizzes": Quiz.objects.filter(course__in=courses).count(),
            "questions": Question.objects.filter(quiz__course__in=courses).count(),
            "learners' attempts, with their scores": Attempt.objects.filter(
                quiz__course__in=courses
            ).count(),
        }


extend_course_admin(QuizzesOfCourse())
