"""What once broke a target does so no more, and the fuzzer notices what it is there to notice."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure

from exchange.old_json.files import Archive, DataSetError
from fuzz import __main__ as fuzzer
from fuzz import child, corpus
from fuzz.targets import NAMES, Target, find, markdown
from fuzz.watch import MEGABYTE, Figures, Reader, RunRecord
from profai.environment import BASE_DIR
from tests.waiting import LONG

FAILED = ("broken", "crash", "hang")
ONCE_FAILED = [
    (path.parent.name, path.name)
    for path in sorted(corpus.FOLDER.glob("*/*"))
    if path.name.startswith(FAILED)
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("target", "name"), ONCE_FAILED)
def test_what_once_failed_passes(target: str, name: str) -> None:
    find(target).check((corpus.FOLDER / target / name).read_bytes())


@pytest.mark.parametrize("target", NAMES)
def test_every_target_has_small_files_to_begin_with(target: str) -> None:
    sizes = [len(data) for data in corpus.load(target)]
    assert sizes
    assert max(sizes) < 100_000


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        '<p onclick="x">',
        '<a href="javascript:x">',
        '<a href=" java\nscript:x">',
        '<a id="top">',
        '<div class="wide">',
        "<!-- x -->",
        "<!DOCTYPE x>",
        "<?x?>",
        '<td style="x">',
        "<img src=x>",
    ],
)
def test_the_inspector_of_html_sees_what_is_not_inert(
    html: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    markdown.check(b"**good** [x](https://example.org) [^1]")
    monkeypatch.setattr(markdown, "render_markdown", lambda *_: html)
    with pytest.raises(AssertionError):
        markdown.check(b"")


TARGET = """
import time
from fuzz.inputs import composed
from fuzz.targets import Target
def check(data):
{body}
TARGET = Target(check=check, inputs=lambda seeds: composed([b"x", b"boom"]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "what", "culprit"),
    [
        ("    assert b'boom' not in data", "broken", b"boom"),
        ("    if b'boom' in data: time.sleep(60)", "hang", None),
        ("    import os\n    if b'boom' in data: os._exit(7)", "crash", None),
        ("    pass", "", None),
    ],
)
def test_the_watcher_sees_how_a_target_fails(
    body: str, what: str, culprit: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The package's own folder, and beside it one more with a module of this test.
    folder = tmp_path / "targets"
    folder.mkdir()
    (folder / "made.py").write_text(TARGET.format(body=body))
    monkeypatch.setenv("FUZZ_TARGETS", str(folder))
    monkeypatch.setattr(corpus, "FOLDER", tmp_path / "corpus")
    # A busy machine lets the process wait for seconds.
    assert fuzzer.run("made", 2, seed=1, patience=10) is not bool(what)
    saved = list((tmp_path / "corpus").glob("made/*"))
    assert [path.name.partition("-")[0] for path in saved] == ([what] if what else [])
    if saved:
        assert (saved[0].read_bytes() == culprit) if culprit else b"boom" in saved[0].read_bytes()


@pytest.mark.slow
def test_a_target_that_hangs_at_its_start_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "made.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setenv("FUZZ_TARGETS", str(tmp_path))
    monkeypatch.setattr(corpus, "FOLDER", tmp_path / "corpus")
    started = time.monotonic()
    assert not fuzzer.run("made", 1, seed=1, overtime=2)
    assert time.monotonic() - started < LONG
    assert "hang" in capsys.readouterr().out
    assert not list((tmp_path / "corpus").glob("made/*"))


def test_an_input_that_fails_is_made_smaller_for_a_limited_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def check(data: bytes) -> None:
        tries.append(1)
        time.sleep(0.05)
        assert sum(data) < 3000

    monkeypatch.setattr(child, "SHRINK", 0.5)
    inputs = st.binary(min_size=30, max_size=60)
    session = child.Session(
        Target(check=check, inputs=lambda _seeds: inputs), "nothing", RunRecord(tmp_path)
    )
    # Hypothesis finds it odd that the input fails no more once the time is over.
    with pytest.raises(FlakyFailure):
        session.run(60, seed=1)
    # Without the limit it takes 300 of them.
    assert len(tries) < 100
    assert sum((tmp_path / "failed").read_bytes()) >= 3000


def test_growing_memory_is_a_failure_of_a_long_run(tmp_path: Path) -> None:
    record, reader = RunRecord(tmp_path), Reader(tmp_path)
    assert reader.figures() == Figures()
    record.figures.warm = 1
    record.note()
    assert reader.figures().growth > 10 * MEGABYTE
    assert fuzzer._verdict(0, reader, 30) == ""
    assert fuzzer._verdict(0, reader, 600) in ("growth", "")
    record.figures.peak = fuzzer.GROWTH * 10
    record.note()
    assert fuzzer._verdict(0, reader, 600) == "growth"


def test_a_target_that_is_not_there_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", "nothing"], cwd=BASE_DIR, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"invalid choice" in done.stderr


def test_a_zip_with_a_name_in_no_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ü.json", "{}")
    path.write_bytes(path.read_bytes().replace("ü".encode(), b"\xbf\xbf"))
    with path.open("rb") as file, pytest.raises(DataSetError, match="damaged"):
        Archive(file, 10**6)
