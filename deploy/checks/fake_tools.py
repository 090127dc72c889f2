"""Stands in for aws, kubectl, docker, systemctl and others in tests of our programs.

It notes how it was called, with its standard input, and answers by the first row of a table whose
expression is found in the command. `once` names what must have been called before for the row to
count, and `times` how often: something that is there only once it was made.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path


def main() -> int:
    folder = Path(os.environ["FAKES"])
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    notes = folder / "notes.jsonl"
    before = [json.loads(line)["command"] for line in notes.read_text().splitlines()]
    given = "" if os.isatty(0) else sys.stdin.read()
    with notes.open("a") as file:
        file.write(
            json.dumps({"command": command, "arguments": sys.argv[1:], "given": given}) + "\n"
        )
    for row in json.loads((folder / "table.json").read_text()):
        once = row.get("once")
        if once and sum(bool(re.search(once, one)) for one in before) < row.get("times", 1):
            continue
        if re.search(row["called"], command):
            sys.stdout.write(row.get("says", ""))
            sys.stderr.write(row.get("complains", ""))
            return int(row.get("ends", 0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
