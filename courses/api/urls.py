from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from courses.api.views import CourseViewSet, TopicView, UploadView

router = SimpleRouter()
router.register("courses", CourseViewSet, basename="api-course")

urlpatterns = [
    # Without a slash at the end, as clients of the prototype call it.
    path("upload-pdfs", UploadView.as_view(), name="upload-pdfs"),
    path("courses/<slug:slug>/topics/<int:pk>/", TopicView.as_view(), name="api-topic"),
    *router.urls,
]
