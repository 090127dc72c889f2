"""How steps call programs: for real, or only written down for the plan."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_SHOWN = 2000  # letters of what a failed command said


class StopError(Exception):
    """Something is not so; the message says what, and what to do."""


def written(command: tuple[str, ...]) -> str:
    """A command as a person would type it; $NAME stays a variable."""
    return " ".join(
        f'"{part}"' if re.search(r"\$|'", part) and '"' not in part else shlex.quote(part)
        for part in command
    )


@dataclass
class Shell:
    """Runs programs, which are told the region by their environment.

    With `planning` it runs none and says each command instead, as it would be in an account in
    which nothing is there yet.
    """

    region: str = ""
    planning: bool = False
    say_to: Callable[[str], object] = field(default=sys.stdout.write)

    def say(self, text: str) -> None:
        self.say_to(f"{text}\n")

    def ask(self, *command: str, name: str, otherwise: str) -> str:
        """What the command answers, in a plan $NAME. Raises StopError if it fails or is silent."""
        if self.planning:
            self.say(f"   {name}=$({written(command)})")
            return f"${name}"
        done = self._run(command)
        answer = done.stdout.strip()
        if done.returncode or answer in {"", "None"}:
            raise StopError(f"{written(command)}\n{done.stderr[-MAX_SHOWN:]}\n{otherwise}")
        return answer

    def read(self, *command: str) -> str:
        """What the command answers, or "" if it fails. In a plan nothing is there."""
        done = self._run(command)
        return "" if done.returncode else done.stdout.strip()

    def there(self, *command: str) -> bool:
        """Whether the command succeeds, as it does if the thing is there."""
        return self._run(command).returncode == 0

    def do(self, *command: str, otherwise: str, given: str | None = None) -> None:
        """Runs the command, with `given` as its standard input. Raises StopError if it fails."""
        self.say(f"   {written(command)}{'' if given is None else ' < -'}")
        if self.planning:
            return
        done = self._run(command, given)
        if done.returncode:
            raise StopError(f"{(done.stderr or done.stdout)[-MAX_SHOWN:]}\n{otherwise}")

    def check(self, words: str, test: Callable[[], str]) -> None:
        """Raises StopError with what the test returns, unless that is empty."""
        if not self.planning and (trouble := test()):
            raise StopError(trouble)
        self.say(f"   check: {words}")

    def _run(
        self, command: tuple[str, ...], given: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        if self.planning:
            return subprocess.CompletedProcess(command, 1, "", "")
        told = {"AWS_REGION": self.region, "AWS_PAGER": ""}
        try:
            return subprocess.run(
                command, cwd=ROOT, env={**os.environ, **told}, input=given or "",
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            return subprocess.CompletedProcess(command, 127, "", f"{command[0]} is not installed.")
