"""Files whose reading took hours, or for ever, and children that left others behind."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine.reading import sandbox
from engine.reading.document import DocumentRejectedError, ExtractedDocument
from engine.reading.extract import extract_document
from engine.reading.limits import PdfLimits
from engine.reading.sandbox import Children, Outcome
from profai.environment import BASE_DIR
from tests.hostile_pdfs import dotted_lines, leaves, many_bookmarks, many_lines, one_long_line
from tests.waiting import LONG

pytestmark = pytest.mark.slow

READABLE, DEADLY, MISSING = 3, 6, 99
SMALL_MEMORY = 300 * 1024 * 1024


def read(folder: Path, content: bytes, **limits: float) -> ExtractedDocument:
    path = folder / "a.pdf"
    path.write_bytes(content)
    return extract_document(path, limits=PdfLimits(**limits))  # type: ignore[arg-type]  # whole numbers where they must be


def spent() -> float:
    """Seconds of processor time, by us and our children; what else the machine does adds none."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


@pytest.mark.parametrize("make", [many_lines, one_long_line, dotted_lines, many_bookmarks])
def test_the_time_grows_with_the_size_and_not_with_its_square(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    """Each took a minute at the least while it grew with the square; now it is seconds."""
    start = spent()
    extracted = read(tmp_path, make())
    assert spent() - start < 30
    assert extracted.passages


def test_a_page_cut_short_is_named(tmp_path: Path) -> None:
    (warning,) = read(tmp_path, many_lines()).warnings
    assert warning == "Pages 1 hold more than is read of one page; the rest of each was left out."
    (warning,) = read(tmp_path, leaves([READABLE]), page_characters=5).warnings
    assert warning.startswith("Pages 1 hold more")
    assert read(tmp_path, leaves([READABLE])).warnings == ()


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scripts that were run as children, in order."""
    scripts: list[str] = []
    run = Children.run

    def counted(self: Children, script: str, *args: object, **kwargs: object) -> Outcome:
        scripts.append(script)
        return run(self, script, *args, **kwargs)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(Children, "run", counted)
    return scripts


def test_pages_that_do_not_open_cost_no_child_each(tmp_path: Path, spawned: list[str]) -> None:
    extracted = read(tmp_path, leaves([READABLE] + 2000 * [MISSING]))
    assert len(spawned) < 50
    assert extracted.failed_pages == tuple(range(2, 2002))
    (warning,) = extracted.warnings
    assert warning.endswith("12, 13 and 1988 more could not be read and were left out.")


def test_a_deadly_page_costs_two_children(tmp_path: Path, spawned: list[str]) -> None:
    kids = 20 * [READABLE] + [DEADLY] + 20 * [READABLE]
    extracted = read(tmp_path, leaves(kids), child_memory=SMALL_MEMORY)
    assert extracted.failed_pages == (21,)
    assert spawned.count("pdf_child.py") == 4  # for the table of contents, and three for pages


def test_after_many_crashes_the_rest_is_not_tried(tmp_path: Path, spawned: list[str]) -> None:
    kids = 50 * [READABLE] + 2000 * [DEADLY]
    extracted = read(tmp_path, leaves(kids), crashes=6, child_memory=SMALL_MEMORY)
    assert len(spawned) < 12
    assert len(extracted.failed_pages) == 2000
    failed, unread = extracted.warnings
    assert failed.endswith(" could not be read and were left out.")
    assert unread.endswith(
        "more were not read: reading failed 6 times before. Print the document to a new PDF and "
        "upload that."
    )


def test_a_document_of_deadly_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentRejectedError, match="None of the pages") as caught:
        read(tmp_path, leaves(200 * [DEADLY]), crashes=3, child_memory=SMALL_MEMORY)
    assert caught.value.code == "unreadable"


@pytest.mark.parametrize("limits", [{"characters": 100}, {"lines": 10}])
def test_what_lies_beyond_the_limits_of_a_document_is_not_read_and_named(
    tmp_path: Path, limits: dict[str, int]
) -> None:
    extracted = read(tmp_path, leaves(40 * [READABLE]), child_pages=10, children=1, **limits)
    assert extracted.failed_pages == tuple(range(11, 41))
    (warning,) = extracted.warnings
    assert warning.startswith("Pages 11, 12, 13, ")
    assert "and 18 more were not read: a document may hold" in warning
    assert warning.endswith("this one holds more. Split it into several files.")


def test_small_files_are_given_less_than_large_ones() -> None:
    usual = PdfLimits()
    small, large = usual.for_size(56_000, 1), usual.for_size(90 * 2**20, 2000)
    assert (small.child_cpu, small.crashes) == (9, 4)
    assert (large.child_cpu, large.crashes) == (usual.child_cpu, usual.crashes)
    assert PdfLimits(child_cpu=3, crashes=2).for_size(10, 1).child_cpu == 3


WORKER = """
import json, sys, time
json.load(sys.stdin)
while time.process_time() < 2:
    pass
print(json.dumps({"pid": 0}))
"""


def test_a_child_that_works_is_not_taken_for_one_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "FOLDER", tmp_path)
    (tmp_path / "worker.py").write_text(WORKER)
    assert Children().run("worker.py", {}, wall=0.4).finished


def test_three_runs_on_a_busy_machine_give_the_same_passages() -> None:
    path = BASE_DIR / "tests" / "reading" / "cases" / "s22-table-unruled.pdf"
    limits = PdfLimits(child_wall=0.5, table_wall=0.5, glyph_wall=0.5)
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(3 * (os.cpu_count() or 1))
    ]
    try:
        runs = [extract_document(path, limits=limits) for _ in range(3)]
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert runs[0] == runs[1] == runs[2]
    assert runs[0] == extract_document(path)
    assert runs[0].failed_pages == ()


PARENT = """
import json, subprocess, sys, time
request = json.load(sys.stdin)
started = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(600)"],
    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
)
sys.stdout.write(json.dumps({"pid": started.pid}) + "\\n")
sys.stdout.flush()
if request["then"] == "hang":
    time.sleep(600)
sys.exit(request["then"] == "fail")
"""


def is_alive(pid: int) -> bool:
    """A process that has ended may stay as a zombie until its new parent looks."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def ends(pid: int, seconds: float = LONG) -> bool:
    end = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_alive(pid)


@pytest.mark.parametrize(("then", "finished"), [("hang", False), ("fail", False), ("end", True)])
def test_what_a_child_started_ends_with_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    then: str,
    finished: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    monkeypatch.setattr(sandbox, "FOLDER", tmp_path)
    (tmp_path / "parent.py").write_text(PARENT)
    # All of it is waited for where the child hangs.
    outcome = Children().run("parent.py", {"then": then}, wall=5 if then == "hang" else LONG)
    pid = outcome.answers[0]["pid"]
    assert pid != os.getpid()
    assert ends(pid)
    assert outcome.finished is finished


def test_closing_ends_what_a_child_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "FOLDER", tmp_path)
    (tmp_path / "parent.py").write_text(PARENT)
    children = Children()
    start = time.monotonic()
    outcome = children.run(
        "parent.py", {"then": "hang"}, wall=5 * LONG, on_answer=lambda _answer: children.close()
    )
    assert time.monotonic() - start < LONG
    assert ends(outcome.answers[0]["pid"])
    assert not outcome.finished
