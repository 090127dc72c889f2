from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSetMixin

from courses.api import parts
from courses.api.revisions import RevisionViewSet
from courses.api.study import NoteViewSet, ReadingViewSet
from courses.api.uploads import DirectUploadView, UploadView
from courses.api.views import SLUG, CourseViewSet

router = SimpleRouter()
router.register("courses", CourseViewSet, basename="api-course")
router.register("readings", ReadingViewSet, basename="api-reading")
router.register("notes", NoteViewSet, basename="api-note")
PARTS: dict[str, type[ViewSetMixin]] = {
    "documents": parts.DocumentViewSet,
    "modules": parts.ModuleViewSet,
    "topics": parts.TopicViewSet,
    "passages": parts.PassageViewSet,
    "figures": parts.FigureViewSet,
    "key-terms": parts.TermViewSet,
    "revisions": RevisionViewSet,
}
for name, viewset in PARTS.items():
    router.register(rf"courses/(?P<slug>{SLUG})/{name}", viewset, basename=f"api-{name}")

urlpatterns = [
    # Without a slash at the end, as clients of the prototype call it.
    path("upload-pdfs", UploadView.as_view(), name="upload-pdfs"),
    path("uploads/", DirectUploadView.as_view(), name="api-direct-upload"),
    *router.urls,
]
