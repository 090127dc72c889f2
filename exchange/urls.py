from __future__ import annotations

from django.urls import path

from exchange.api import ExportView

urlpatterns = [
    path("courses/<slug:slug>/export/", ExportView.as_view(), name="api-export"),
]
