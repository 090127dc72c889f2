"""The examples of the OpenAPI document fit the shapes that they are examples of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker

from profai.openapi import examples

# An example of one of its two forms is an example of it; files cannot be shown as text.
WITHOUT = {"AttemptDetail", "NewCourse", "Documents", "Upload", "Problem"}


@cache
def document() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call] # untyped library
    return made


def bodies() -> Iterator[dict[str, Any]]:
    for path in document()["paths"].values():
        for operation in path.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                yield from (content["schema"] for content in part.get("content", {}).values())


def name_of(schema: dict[str, Any]) -> str | None:
    """The component that a body is, or is a list or a page of."""
    reference: str | None = schema.get("$ref") or schema.get("items", {}).get("$ref")
    name = reference.rpartition("/")[2] if reference else None
    if name and name.startswith("Paginated"):
        page = document()["components"]["schemas"][name]
        return name_of(page["properties"]["results"])
    return name


def test_every_body_has_an_example() -> None:
    wanted = {name for name in map(name_of, bodies()) if name}
    assert wanted - WITHOUT == set(examples())


@pytest.mark.parametrize("name", sorted(examples()))
def test_an_example_fits_its_shape(name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", **document()}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(examples()[name])
    properties = document()["components"]["schemas"][name]["properties"]
    assert set(examples()[name]) <= set(properties)
    assert document()["components"]["schemas"][name]["examples"] == [examples()[name]]
