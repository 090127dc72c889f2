"""A spreadsheet runs a cell that begins with = + - or @. One module writes such files, and quotes
these cells."""

from __future__ import annotations

import ast
import csv
import json
import re
from io import StringIO

import pytest
import yaml
from django.contrib import admin
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from common.sheets import csv_file
from courses.models import Course
from profai.environment import BASE_DIR
from tests.api.world import World, client

FORMULA = "=cmd|'/C calc'!A0"
SHEETS = {"csv", "openpyxl", "xlsxwriter", "xlwt", "pandas", "import_export", "tablib", "odf"}
OURS = (
    *("accounts", "common", "courses", "engine", "exchange", "jobs", "profai", "quizzes"),
    "webhooks",
)


@pytest.mark.slow
def test_nothing_of_ours_writes_sheets() -> None:
    """Who adds such an export has to quote its cells, and to say so here."""
    found = set()
    for path in (path for app in OURS for path in (BASE_DIR / app).rglob("*.py")):
        if path == BASE_DIR / "common/sheets.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    assert "json" in found
    assert not found & SHEETS


@pytest.mark.parametrize("cell", [FORMULA, "+1", "-1+2", "@SUM(A1)", "\t=1", " =1", "\ufeff=1"])
def test_a_formula_is_quoted_in_a_table(cell: str) -> None:
    content = csv_file([["Name", cell, -1]], name="x.csv").content.decode("utf-8-sig")
    (row,) = csv.reader(StringIO(content))
    assert row == ["Name", f"'{cell}", "-1"]


@pytest.mark.django_db
def test_no_address_answers_with_a_sheet() -> None:
    """But a document comes back as it was uploaded, which may be a text or a web page: as a file to
    save (tests/protection/test_files_out.py)."""
    document = yaml.safe_load(APIClient().get("/api/schema/").content)
    kinds = {
        kind
        for address, path in document["paths"].items()
        if not address.endswith("/documents/{id}/file/")
        for operation in path.values()
        for answer in operation["responses"].values()
        for kind in answer.get("content", {})
    }
    assert "application/json" in kinds
    assert not [kind for kind in kinds if re.search("csv|excel|sheet|text/plain|html", kind)]


def test_a_formula_is_a_string_in_json(world: World) -> None:
    Course.objects.update(title=FORMULA, description=FORMULA)
    answer = client(User.objects.get(username="teacher")).get(
        f"/api/courses/{world.course.slug}/export/"
    )
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"].endswith('.profai.json"')
    assert json.loads(answer.content)["course"]["title"] == FORMULA


def test_lists_of_the_admin_are_exported_by_nothing() -> None:
    for page in admin.site._registry.values():
        names = {getattr(action, "__name__", action) for action in page.actions or ()}
        assert not [name for name in names if "export" in str(name)]
