"""What the OpenAPI document says of all operations: errors, versions, limits."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Model
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.utils import OpenApiParameter
from rest_framework.viewsets import ViewSetMixin

from common.rest.problems import MEDIA_TYPE

Q = OpenApiParameter("q", str, description="Words to search for, up to 500 characters.")

PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457). `code` is stable, `detail` is for people; "
    "`fields` names wrong fields.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": True},
    },
    "required": ["type", "title", "status", "code", "detail"],
    "example": {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "code": "conflict",
        "detail": "This course is still being made; publish it when it is done.",
    },
}
ERRORS = {
    "400": "Not well-formed, or a field is wrong.",
    "401": "Nobody is logged in.",
    "403": "You may see it, but not do this.",
    "404": "It is not there, or you may not see it.",
    "405": "This cannot be done here.",
    "409": "It is not in the state for this.",
    "412": "It was changed since you read it.",
    "413": "A file is over the limit.",
    "415": "The body is of another type.",
    "422": "The idempotency key belongs to another request.",
    "428": "If-Match is missing.",
    "429": "Too many requests; see Retry-After.",
    "503": "A part that this needs does not answer.",
    "507": "The disk is full.",
}
# Addresses of views with `common.rest.etags`.
VERSIONED = ("/api/courses/", "/api/quizzes/", "/api/questions/", "/api/webhooks/")
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag of the version that you have read, or * to overwrite any.",
}


# Summaries of actions of DRF's mixins, whose methods our views do not write themselves.
_ACTIONS = {"list": "List {many}", "retrieve": "Get {one}", "destroy": "Delete {one}"}


class Described(AutoSchema):
    """Gives every operation a summary."""

    def get_summary(self) -> str | None:
        """Returns the first sentence of the method's docstring, or words for the action."""
        described = str(self.get_description() or "")
        of_class = get_doc(type(self.view))
        if isinstance(self.view, ViewSetMixin) and described == of_class:
            view: Any = self.view
            model: type[Model] = view.queryset.model
            one, many = str(model._meta.verbose_name), str(model._meta.verbose_name_plural)
            article = "an" if one[0] in "aeiou" else "a"
            words = _ACTIONS.get(view.action)
            return words.format(one=f"{article} {one}", many=many) if words else None
        return re.split(r"(?<=[^.])\.(?:\s|$)|\n", described, maxsplit=1)[0] or None


def refuse_unknown_fields(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Says in the document that bodies take no other fields. A hook of drf-spectacular."""
    schemas = result["components"]["schemas"]
    operations = [o for path in result["paths"].values() for o in path.values()]
    waiting = [
        content["schema"]
        for operation in operations
        if not operation.get("deprecated")
        for content in operation.get("requestBody", {}).get("content", {}).values()
    ]
    while waiting:
        schema = waiting.pop()
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
            waiting.extend(schema["properties"].values())
        elif "items" in schema:
            waiting.append(schema["items"])
    return result


def describe_errors(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Says in the document that every operation may answer with problem details. A hook of
    drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            for status, words in ERRORS.items():
                operation["responses"].setdefault(
                    status, {"description": words, "content": content}
                )
            if method == "get" and "{" in path:
                operation["responses"].setdefault("304", {"description": "You have this version."})
            if method in {"patch", "delete"} and path.startswith(VERSIONED):
                operation.setdefault("parameters", []).append(IF_MATCH)
    return result


_IDS = (
    # Patterns of ids in the list of addresses, and their schemas.
    (re.compile(r"\^(\\d|\[0-9\])\{1,18\}\$"), {"type": "integer", "minimum": 0}),
    (re.compile(r"\^\[0-9a-f-\]\{36\}\$"), {"type": "string", "format": "uuid"}),
)


def type_ids(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Says in the document that ids in addresses are numbers or UUIDs. A hook of
    drf-spectacular."""
    operations = [o for path in result["paths"].values() for o in path.values()]
    for parameter in (p for o in operations for p in o.get("parameters", ())):
        pattern = parameter["schema"].get("pattern", "")
        for spelt, schema in _IDS:
            if parameter["in"] == "path" and spelt.fullmatch(pattern):
                parameter["schema"] = dict(schema)
    return result
