from __future__ import annotations

from django.urls import path

from accounts.single_sign_on import views

urlpatterns = [
    path("", views.begin, name="single-sign-on"),
    path("callback/", views.callback, name="single-sign-on-callback"),
    path("end/", views.end, name="single-sign-on-end"),
]
