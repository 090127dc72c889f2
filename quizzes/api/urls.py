from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from courses.api.views import SLUG
from quizzes.api import legacy
from quizzes.api.additions import AdditionViewSet
from quizzes.api.flashcards import CardViewSet, PracticePlanView, PracticeView
from quizzes.api.review import MakeQuizView, QuestionViewSet
from quizzes.api.views import AttemptViewSet, CertificateViewSet, QuizViewSet

router = SimpleRouter()
router.register("quizzes", QuizViewSet, basename="api-quiz")
router.register("questions", QuestionViewSet, basename="api-question")
router.register("attempts", AttemptViewSet, basename="api-attempt")
router.register("cards", CardViewSet, basename="api-card")
router.register("certificates", CertificateViewSet, basename="api-certificate")
router.register(rf"courses/(?P<slug>{SLUG})/additions", AdditionViewSet, basename="api-addition")
urlpatterns = [
    path("practice/", PracticeView.as_view(), name="api-practice"),
    path("practice/plan/", PracticePlanView.as_view(), name="api-practice-plan"),
    path("courses/<slug:slug>/quizzes/", MakeQuizView.as_view(), name="api-make-quiz"),
    # Without a slash at the end, as clients of the prototype call them.
    path("course", legacy.LegacyCoursesView.as_view(), name="legacy-courses"),
    path("course/<int:pk>", legacy.LegacyCourseView.as_view(), name="legacy-course"),
    path("quiz/generate-module", legacy.LegacyModuleQuizView.as_view(), name="legacy-module-quiz"),
    path("quiz/generate-course", legacy.LegacyCourseQuizView.as_view(), name="legacy-course-quiz"),
    path("quiz/submit", legacy.LegacySubmitView.as_view(), name="legacy-submit"),
    path("quiz/<int:pk>", legacy.LegacyQuizView.as_view(), name="legacy-quiz"),
    *router.urls,
]
