"""An old installation of 1,000 courses and 10,000 submissions, against a plain loop.

The loop loads each file with `json.load`, keeps all rows in lists and stores each kind with one
`bulk_create`. It checks nothing, remembers nothing and cannot go on where it stopped. Every run
is a process of its own, on an empty database.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.db import connection

from benchmarks.report import Result, write_result
from tests.exchange.old import Old, answer_key, course, quiz, submission

COURSES, WEEKS, QUESTIONS, LEARNERS = 1000, 4, 10, 10
WAYS = ("plain", "ours", "again", "verify")
RUNS = 3
GOAL = 2.0
SENTENCE = "A river carries what rain and melting snow give it down to the sea. "


def run() -> None:
    with TemporaryDirectory(prefix="profai-old-") as name:
        folder = Path(name)
        _write(Old(folder))
        size = sum(path.stat().st_size for path in folder.rglob("*.json"))
        runs: dict[str, list[dict[str, Any]]] = {how: [] for how in WAYS}
        for _ in range(RUNS):
            _empty()
            runs["plain"].append(_measure("plain", folder))
            _empty()
            for how in ("ours", "again", "verify"):
                runs[how].append(_measure("verify" if how == "verify" else "ours", folder))
    _report(runs, size)


def _write(old: Old) -> None:
    courses = []
    for number in range(1, COURSES + 1):
        made = course(number, f"Course {number}", WEEKS)
        for module in made["modules"]:
            for topic in module["sub_topics"]:
                topic["content"] += f" {SENTENCE * 15}"
        courses.append(made)
        data = quiz(f"module_1_{number:08}", QUESTIONS, course_id=str(number))
        old.quiz(data)
        old.key(answer_key(data))
        for learner in range(LEARNERS):
            old.submission(submission(data, f"learner-{learner}-{number % 50}", learner))
    old.courses(*courses)


def _empty() -> None:
    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def _measure(how: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.engine.import_run", how, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _report(runs: dict[str, list[dict[str, Any]]], size: int) -> None:
    def middle(how: str, what: str) -> float:
        return float(median(one[what] for one in runs[how]))

    pairs = zip(runs["ours"], runs["plain"], strict=True)
    value = round(median(ours["seconds"] / plain["seconds"] for ours, plain in pairs), 2)
    expected = runs["plain"][0]["rows"]
    same = all(one["rows"] == expected for how in ("ours", "again") for one in runs[how])
    write_result(
        Result(
            id="import-speed",
            value=value,
            unit="times the plain loop",
            goal="<= 2",
            holds=value <= GOAL and same,
            yardstick="json.load of every file, then one bulk_create a kind; same files, same run",
            runs=RUNS,
            parts={
                "files": f"{COURSES} courses, {COURSES * LEARNERS} submissions, {size // 10**6} MB",
                "rows": expected,
                "seconds": {how: round(middle(how, "seconds"), 2) for how in runs},
                "peak MB above the bare process": {
                    how: round(middle(how, "peak_mb")) for how in runs
                },
            },
        )
    )
