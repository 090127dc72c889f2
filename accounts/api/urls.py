from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from accounts.api.views import LoginView, PersonalTokenViewSet

router = SimpleRouter()
router.register("tokens", PersonalTokenViewSet, basename="api-personal-token")

urlpatterns = [path("token/", LoginView.as_view(), name="api-token"), *router.urls]
