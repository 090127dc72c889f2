"""Addresses of the pages about one's own account."""

from __future__ import annotations

from django.urls import path

from accounts import views

urlpatterns = [
    path("tokens/", views.tokens, name="token-list"),
    path("tokens/<int:pk>/revoke/", views.token_revoke, name="token-revoke"),
    path("sessions/end/", views.sign_out_everywhere, name="sign-out-everywhere"),
]
