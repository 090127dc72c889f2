"""Makes the OpenAPI document, and refuses parameters and fields that it does not name.

So neither a spelling mistake nor a filter of another version is silently ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.encoding import force_str
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from telemetry.threads import made_once

Schema = Mapping[str, Any]
# A view's class, and its action or the method that it is asked by.
Key = tuple[type[APIView], str]

# Sent by Django's own forms.
ALWAYS = frozenset({"csrfmiddlewaretoken"})
READS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_NAMED_ERRORS = 20  # of one object
MAX_QUOTED_NAME = 100  # characters


@dataclass(frozen=True, slots=True)
class Operation:
    """`bodies` are schemas by content type. A `tolerant` operation takes any name."""

    parameters: frozenset[str]
    bodies: Mapping[str, Schema]
    tolerant: bool


@dataclass(frozen=True, slots=True)
class Document:
    content: Mapping[str, Any]
    operations: Mapping[Key, Operation]
    json: bytes
    yaml: bytes

    def schema(self, schema: Schema) -> Schema:
        """Returns the component that a schema refers to, or the schema itself."""
        name = schema.get("$ref", "").rpartition("/")[2]
        found: Schema = self.content["components"]["schemas"][name] if name else schema
        return found


class Generator(SchemaGenerator):
    """Remembers the view of each operation."""

    def _get_paths_and_endpoints(self) -> list[tuple[str, str, str, Any]]:
        views: list[tuple[str, str, str, Any]] = super()._get_paths_and_endpoints()  # type: ignore[no-untyped-call] # untyped library
        self.views = views
        return views


@made_once
def document() -> Document:
    """Returns the document. Made once: it takes a second, and its generator is not thread-safe."""
    generator = Generator()  # type: ignore[no-untyped-call] # untyped library
    content = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call] # untyped library
    operations = {
        _key(view, method): _operation(content["paths"][path][method.lower()])
        for path, _, method, view in generator.views
        if method.lower() in content["paths"].get(path, {})
    }
    return Document(
        content=content,
        operations=operations,
        json=json.dumps(content, ensure_ascii=False).encode(),
        yaml=OpenApiYamlRenderer().render(content, renderer_context={}),  # type: ignore[no-untyped-call] # untyped library
    )


def _key(view: APIView, method: str | None) -> Key:
    return type(view), getattr(view, "action", None) or (method or "").lower()


def _operation(described: Mapping[str, Any]) -> Operation:
    parameters = described.get("parameters", ())
    content = described.get("requestBody", {}).get("content", {})
    return Operation(
        parameters=frozenset(one["name"] for one in parameters if one["in"] == "query"),
        bodies={kind: part["schema"] for kind, part in content.items()},
        # Nobody knows what else clients of the prototype send.
        tolerant=described.get("deprecated", False),
    )


def check_names(view: APIView, request: Request) -> None:
    """Raises ValidationError for parameters and fields that the document does not name."""
    method = "GET" if request.method == "HEAD" else request.method
    operation = document().operations.get(_key(view, method))
    if operation is None or operation.tolerant:
        return
    check_parameters(request, operation.parameters)
    if request.method not in READS:
        if not operation.bodies:
            if isinstance(request.data, Mapping):
                wrong = _unknown(request.data, ALWAYS, "field")
            else:
                wrong = {"non_field_errors": ["Send no body here."]} if request.data else {}
        else:
            kind = (request.content_type or "").partition(";")[0].strip().lower()
            first = next(iter(operation.bodies.values()))
            wrong = _wrong_fields(request.data, operation.bodies.get(kind, first))
        if wrong:
            raise ValidationError(wrong)


def check_parameters(request: Request, known: Iterable[str]) -> None:
    """Raises ValidationError for parameters of the address that are not `known`."""
    if wrong := _unknown(request.query_params, known, "parameter"):
        raise ValidationError(wrong)


def _wrong_fields(data: Any, schema: Schema) -> dict[str, Any]:
    """Returns errors by name, nested as serializers report errors of objects within objects."""
    schema = document().schema(schema)
    properties: Mapping[str, Schema] | None = schema.get("properties")
    if isinstance(data, Mapping) and properties is not None:
        inner = {
            name: _wrong_fields(data[name], properties[name]) for name in data if name in properties
        }
        wrong = _unknown(data, {*properties, *ALWAYS}, "field", named=properties)
        return wrong | {name: errors for name, errors in inner.items() if errors}
    if isinstance(data, list) and "items" in schema:
        items = ((str(n), _wrong_fields(one, schema["items"])) for n, one in enumerate(data))
        return {number: errors for number, errors in items if errors}
    return {}


def _unknown(
    given: Iterable[str], known: Iterable[str], what: str, named: Iterable[str] | None = None
) -> dict[str, Any]:
    """Returns an error for each name that is not `known`. The errors list `named`, or all known."""
    names = sorted(set(known if named is None else named) - ALWAYS)
    told = f"Known are: {', '.join(names)}." if names else f"No {what}s are taken here."
    unknown = list(dict.fromkeys(name for name in given if name not in set(known)))
    return {
        force_str(name)[:MAX_QUOTED_NAME]: [f"There is no {what} of this name. {told}"]
        for name in unknown[:MAX_NAMED_ERRORS]
    }
