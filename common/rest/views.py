"""Base classes of the API's views, their `Idempotency-Key`, and the pages of its documentation."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import views, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from common.rest.document import check_names, check_parameters, document

M = TypeVar("M", bound=Model)


class APIView(views.APIView):
    """Refuses parameters and fields that its operation does not name, after authentication."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_names(self, request)


class GenericViewSet(APIView, viewsets.GenericViewSet[M]):
    """Does the same for the views of a model."""


class DocumentView(views.APIView):
    """The OpenAPI document."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Returns YAML, or JSON with `?format=json`."""
        check_parameters(request, {"format"})
        kind = request.query_params.get("format", "yaml")
        if kind not in {"json", "yaml"}:
            raise ValidationError({"format": ["Use json or yaml."]})
        made = document()
        headers = {"Content-Disposition": f'inline; filename="ProfAI.{kind}"'}
        if kind == "json":
            return HttpResponse(made.json, "application/vnd.oai.openapi+json", headers=headers)
        return HttpResponse(made.yaml, "application/vnd.oai.openapi", headers=headers)


class DocumentPage(SpectacularSwaggerSplitView):
    """Shows the document as a page to read and try."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_parameters(request, {"script"})


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Of your choice. The same request with the same key within a day makes nothing "
    "new, so that it can be sent again after an answer was lost; another request is refused.",
)


def request_key(request: Request) -> str:
    return request.headers.get("Idempotency-Key", "")
