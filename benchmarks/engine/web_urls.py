"""ProfAI's addresses, and views that do nothing but answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class BareView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    def get(self, _request: Request) -> Response:
        return Response({"state": "running", "progress": 40})


def query(request: HttpRequest) -> HttpResponse:
    """One query, of the person who is logged in by their session."""
    return HttpResponse(f"Hello {request.user.pk}")


urlpatterns = [
    path("bench/bare", BareView.as_view()),
    path("bench/query", query),
    path("", include("profai.urls")),
]
