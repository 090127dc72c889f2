"""manage.py import_json: what it prints and writes, and how it ends."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from courses.models import Course
from tests.exchange.old import Old, course
from tests.factories import make_teacher

pytestmark = pytest.mark.django_db


def run(path: Path, **options: Any) -> str:
    out = StringIO()
    call_command("import_json", path, stdout=out, **options)
    return out.getvalue()


def test_the_counts_are_shown_as_a_table(old: Old) -> None:
    old.whole()
    owner = make_teacher()
    lines = run(old.folder, owner="teacher").splitlines()
    assert lines[0].split() == [
        "read",
        "created",
        "updated",
        "unchanged",
        "skipped",
        "refused",
        "different",
    ]
    assert lines[1].split() == ["course", "1", "1", "0", "0", "0", "0", "0"]
    assert "Files: 4 read." in lines
    assert Course.objects.get().owner == owner


def test_a_dry_run_says_that_nothing_was_written(old: Old) -> None:
    old.whole()
    assert "Nothing was written; this was a dry run." in run(old.folder, dry_run=True)
    assert not Course.objects.exists()


def test_verify_compares(old: Old) -> None:
    old.whole()
    with pytest.raises(CommandError) as error:
        run(old.folder, verify=True)
    assert error.value.returncode == 1
    run(old.folder)
    run(old.folder, verify=True)


def test_what_is_refused_is_shown_and_in_the_status(old: Old, tmp_path: Path) -> None:
    old.courses(course())
    old.write("courses/broken.json", "[{")
    out, report = StringIO(), tmp_path / "report.json"
    with pytest.raises(CommandError, match="Something was refused") as error:
        call_command("import_json", old.folder, report=report, stdout=out)
    assert error.value.returncode == 1
    assert "refused: unreadable in courses/broken.json (record 1, line 1" in out.getvalue()
    data = json.loads(report.read_text())
    assert data["counts"]["unreadable"] == {
        "read": 1,
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "refused": 1,
        "different": 0,
    }
    [line] = data["lines"]
    assert (line["level"], line["file"]) == ("refused", "courses/broken.json")
    assert Course.objects.count() == 1


def test_a_long_report_is_cut_on_the_screen(old: Old) -> None:
    old.write("a.json", [1] * 300)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import_json", old.folder, stdout=out)
    assert "... and 100 more lines; --report FILE has them all." in out.getvalue()


def test_a_database_that_goes_away_is_said(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: Any) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("exchange.old_json.service.import_courses", gone)
    with pytest.raises(CommandError, match="Run the import again; it will continue") as error:
        run(old.folder)
    assert error.value.returncode == 2


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("nowhere", {}, "There is no folder or file"),
        ("a.txt", {}, "a.txt is neither a folder, a zip nor a .json file."),
        ("", {"owner": "nobody"}, "There is no account nobody."),
        ("", {"report": Path("/nowhere/x.json")}, "No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said(
    old: Old, name: str, options: dict[str, Any], words: str
) -> None:
    old.write("a.txt", "x")
    with pytest.raises(CommandError, match=words) as error:
        run(old.folder / name, **options)
    assert error.value.returncode == 2
