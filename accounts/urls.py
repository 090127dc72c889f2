"""Addresses of the pages about one's own account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.profile, name="profile"),
    path("password/", login_required(views.PasswordChange.as_view()), name="password-change"),
    path("reset/", views.PasswordReset.as_view(), name="password-reset"),
    path("reset/sent/", views.PasswordResetSent.as_view(), name="password-reset-sent"),
    path(
        "reset/<str:uidb64>/<str:token>/",
        views.PasswordResetConfirm.as_view(),
        name="password-reset-confirm",
    ),
    path("new/", views.new_account, name="sign-up"),
    path("email/again/", views.send_link_again, name="send-link-again"),
    path("email/<str:token>/", views.verify, name="verify-email"),
    path("data/", views.own_data, name="own-data"),
    path("delete/", views.account_delete, name="account-delete"),
    path("tokens/", views.tokens, name="token-list"),
    path("tokens/<int:pk>/revoke/", views.token_revoke, name="token-revoke"),
    path("sessions/end/", views.sign_out_everywhere, name="sign-out-everywhere"),
]
