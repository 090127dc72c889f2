"""ETags: a client that changes something names the version that it has seen."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Generic, TypeVar

from django.db.models import Model
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from common.rest.problems import ChangedMeanwhileError, MatchRequiredError
from common.transactions import atomic, lock

M = TypeVar("M", bound=Model)


def etag(representation: Any) -> str:
    """Returns the ETag of what a client is shown; it changes whenever that does."""
    return f'"{hashlib.sha256(JSONRenderer().render(representation)).hexdigest()[:32]}"'


# Proxies that compress change the tag: nginx makes it weak, Apache and Caddy add the coding.
_TAG = re.compile(r'(?:W/)?"([0-9a-f]{32})(?:[-;](?:gzip|br|zstd|deflate))?"')


def matches(header: str, current: str) -> bool:
    """Whether one of the tags in If-Match or If-None-Match is the current one, or is `*`.

    Tags are compared without what a compressing proxy adds to them. Otherwise no edit that goes
    through such a proxy would be accepted.
    """
    return header.strip() == "*" or current.strip('"') in _TAG.findall(header)


def check_match(request: Request, current: str) -> None:
    """Raises MatchRequiredError without If-Match, ChangedMeanwhileError for another version."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise MatchRequiredError
    if not matches(given, current):
        raise ChangedMeanwhileError


class VersionedMixin(GenericAPIView[M], Generic[M]):
    """Answers with an ETag, and calls `edit` only if the client has seen the current version.

    `edit_serializer_class` has the fields that may be changed.
    """

    edit_serializer_class: type[BaseSerializer[Any]]

    def edit(self, row: M, values: dict[str, Any]) -> None:
        raise NotImplementedError

    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        data = self.get_serializer(self.get_object()).data
        version = etag(data)
        if matches(request.headers.get("If-None-Match", ""), version):
            return Response(status=304, headers={"ETag": version})
        return Response(data, headers={"ETag": version})

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        atomic(self._change)(request)
        data = self.get_serializer(self.get_object()).data
        return Response(data, headers={"ETag": etag(data)})

    def _change(self, request: Request) -> None:
        row = self.checked(request)
        change = self.edit_serializer_class(row, data=request.data, partial=True)
        change.is_valid(raise_exception=True)
        self.edit(row, change.validated_data)

    def lock(self, row: M) -> None:
        """Locks the row; a subclass whose `edit` locks other rows first, locks them here first."""
        lock(type(row)._default_manager.filter(pk=row.pk)).get()

    def checked(self, request: Request) -> M:
        """Returns the row, locked, if the client has seen its current version."""
        self.check_edit(request)
        row: M = self.get_object()
        # After waiting for the lock the row is read again, with what others wrote meanwhile.
        self.lock(row)
        row = self.get_object()
        check_match(request, etag(self.get_serializer(row).data))
        return row

    def check_edit(self, request: Request) -> None:
        """Raises PermissionDenied if the user may not edit any row."""


class VersionedDeleteMixin(VersionedMixin[M], Generic[M]):
    """Does the same for DELETE: calls `remove` of the subclass."""

    def remove(self, row: M) -> None:
        raise NotImplementedError

    def destroy(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        atomic(lambda: self.remove(self.checked(request)))()
        return Response(status=204)
