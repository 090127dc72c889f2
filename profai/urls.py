"""All addresses of ProfAI."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from profai.admin import view_on_site
from profai.api import bad_request, forbidden, server_error, unknown
from profai.errors import not_found
from profai.health import page
from profai.health import views as health
from profai.metrics import metrics

urlpatterns = [
    path("", include("courses.urls")),
    path("", include("quizzes.urls")),
    path("account/", include("accounts.urls")),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/health/", admin.site.admin_view(page.page), name="admin-health"),
    path("admin/r/<int:content_type_id>/<path:object_id>/", admin.site.admin_view(view_on_site)),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/", include("accounts.api.urls")),
    path("api/", include("jobs.api.urls")),
    path("api/", include("courses.api.urls")),
    path("api/", include("quizzes.api.urls")),
    path("api/", include("webhooks.api.urls")),
    re_path(r"^api/", extend_schema(exclude=True)(unknown)),
    path("metrics", metrics, name="metrics"),
    path("health/live", health.live, name="health-live"),
    path("health/web", health.web, name="health-web"),
    path("health/ready", health.ready, name="health-ready"),
]

handler400 = bad_request
handler403 = forbidden
handler404 = not_found
handler500 = server_error
