"""ETags: a client that changes something says which version it has seen."""

from __future__ import annotations

import hashlib
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models import Model
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from rest.problems import ChangedMeanwhileError, MatchRequiredError

M = TypeVar("M", bound=Model)


def etag(representation: Any) -> str:
    """Of what the client is shown: it changes whenever that does."""
    return f'"{hashlib.sha256(JSONRenderer().render(representation)).hexdigest()[:32]}"'


def check_match(request: Request, current: str) -> None:
    """Raises MatchRequiredError without If-Match, ChangedMeanwhileError for another version."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise MatchRequiredError
    if given != "*" and current not in (one.strip() for one in given.split(",")):
        raise ChangedMeanwhileError


class VersionedMixin(GenericAPIView[M], Generic[M]):
    """Reads with an ETag; `edit` of the subclass runs only for the version seen.

    `edit_serializer_class` says what may be changed.
    """

    edit_serializer_class: type[BaseSerializer[Any]]

    def edit(self, row: M, values: dict[str, Any]) -> None:
        raise NotImplementedError

    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        data = self.get_serializer(self.get_object()).data
        version = etag(data)
        if version in request.headers.get("If-None-Match", ""):
            return Response(status=304, headers={"ETag": version})
        return Response(data, headers={"ETag": version})

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        with transaction.atomic():
            row = self.checked(request)
            change = self.edit_serializer_class(row, data=request.data, partial=True)
            change.is_valid(raise_exception=True)
            self.edit(row, change.validated_data)
        data = self.get_serializer(self.get_object()).data
        return Response(data, headers={"ETag": etag(data)})

    def checked(self, request: Request) -> M:
        """The row in the version that the client has seen, locked until the change is made."""
        self.check_edit(request)
        row: M = self.get_object()
        # Who waits here sees what the other wrote.
        type(row)._default_manager.select_for_update().get(pk=row.pk)
        row = self.get_object()
        check_match(request, etag(self.get_serializer(row).data))
        return row

    def check_edit(self, request: Request) -> None:
        """May raise PermissionDenied for all rows alike."""


class VersionedDeleteMixin(VersionedMixin[M], Generic[M]):
    """As above, and `remove` of the subclass."""

    def remove(self, row: M) -> None:
        raise NotImplementedError

    def destroy(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        with transaction.atomic():
            self.remove(self.checked(request))
        return Response(status=204)
