"""All URLs of ProfAI."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path
from drf_spectacular.utils import extend_schema

from accounts.views import Login, language
from common.appearance import set_appearance
from common.offline import manifest, offline_page, service_worker
from common.rest.spelling import UNKNOWN
from common.rest.views import DocumentPage, DocumentView
from profai.admin import history, view_on_site
from profai.api import bad_request, forbidden, server_error, unknown
from profai.errors import not_found
from profai.health import page
from profai.health import views as health
from profai.metrics import metrics

urlpatterns = [
    path("", include("courses.urls")),
    path("", include("quizzes.urls")),
    path("account/", include("accounts.urls")),
    path("appearance/", set_appearance, name="appearance"),
    path("language/", language, name="set-language"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("service-worker.js", service_worker, name="service-worker"),
    path("offline/", offline_page, name="offline"),
    *(
        [path("login/school/", include("accounts.single_sign_on.urls"))]
        if settings.OIDC_ISSUER
        else []
    ),
    path("login/", Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/health/", admin.site.admin_view(page.page), name="admin-health"),
    path("admin/health/model/", admin.site.admin_view(page.check_model), name="admin-health-model"),
    path("admin/r/<int:content_type_id>/<path:object_id>/", admin.site.admin_view(view_on_site)),
    path("admin/<slug:app>/<slug:model>/<path:object_id>/history/", admin.site.admin_view(history)),
    path("admin/", admin.site.urls),
    path("api/schema/", DocumentView.as_view(), name="api-schema"),
    path("api/docs/", DocumentPage.as_view(url_name="api-schema"), name="api-docs"),
    path("api/", include("accounts.api.urls")),
    path("api/", include("jobs.api.urls")),
    path("api/", include("courses.api.urls")),
    path("api/", include("quizzes.api.urls")),
    path("api/", include("exchange.urls")),
    path("api/", include("webhooks.api.urls")),
    re_path(r"^api/", extend_schema(exclude=True)(unknown), name=UNKNOWN),
    path("metrics", metrics, name="metrics"),
    path("health/live", health.live, name="health-live"),
    path("health/web", health.web, name="health-web"),
    path("health/ready", health.ready, name="health-ready"),
]

handler400 = bad_request
handler403 = forbidden
handler404 = not_found
handler500 = server_error
