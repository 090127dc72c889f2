"""Bodies of questions and responses to them in the API, with a schema for each format."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import extend_schema_field
from pydantic import TypeAdapter
from rest_framework import serializers

from engine.questions.formats import BODIES, MAX_ENTRIES, QuestionFormat, read_body

INDEX = {"type": "integer", "minimum": 0, "maximum": MAX_ENTRIES - 1}
RESPONSE = {
    "description": "By the question's format: the number of a choice (single), the numbers of "
    "choices (multiple), true or false (true_false), a number as text (numeric), words (short), "
    "for each entry on the left the number of one on the right (matching), the numbers of the "
    "items from first to last (ordering), for each blank the number of an option (fill_in). "
    "Numbers count from 0. Null is no answer.",
    "oneOf": [
        {"type": "integer", "minimum": 0},
        {"type": "boolean"},
        {"type": "string"},
        {
            "type": "array",
            "items": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]},
        },
        {"type": "null"},
    ],
}


@extend_schema_field(RESPONSE)
class ResponseField(serializers.JSONField):
    """A learner's response; what fits is decided by its question."""


class BodyField(serializers.JSONField):
    """A question's body with its right answer, for those who may change it."""

    shown = False

    def to_internal_value(self, data: Any) -> Any:
        try:
            return read_body(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: Any) -> Any:
        return value or None


class ShownBodyField(BodyField):
    """A question's body as learners see it before they answer."""

    shown = True


class BodySchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # untyped library
    target_class = BodyField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, _direction: str) -> dict[str, Any]:
        """One of a component for each format, told apart by `format`."""
        schemas = _schemas(shown=self.target.shown)
        mapping = {}
        for name, (format_, schema) in schemas.items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call] # untyped library
                name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name
            )
            auto_schema.registry.register_on_missing(component)
            mapping[format_.value] = f"#/components/schemas/{name}"
        return {
            "oneOf": [{"$ref": reference} for reference in mapping.values()],
            "discriminator": {"propertyName": "format", "mapping": mapping},
        }


@cache
def _schemas(*, shown: bool) -> dict[str, tuple[QuestionFormat, dict[str, Any]]]:
    """By the name of the component: its format and its JSON Schema."""
    found = {}
    for body in BODIES:
        schema = TypeAdapter(body).json_schema()
        schema["properties"]["format"] = {
            "type": "string",
            "const": body.model_fields["format"].default.value,
        }
        schema["required"] = sorted({"format", *schema.get("required", ())})
        if shown:
            fields = {"format", *body.open_fields}
            schema["properties"] = {name: schema["properties"][name] for name in sorted(fields)}
            schema["required"] = sorted(fields)
            schema.pop("description", None)
        name = f"Asked{body.__name__}" if shown else f"{body.__name__}Body"
        schema["title"] = name
        found[name] = (body.model_fields["format"].default, schema)
    return found
