"""Stands in for systemctl where systemd does not run: starts and stops the units of a folder.

It reads what the school's units use (EnvironmentFile, Environment, User, WorkingDirectory,
ExecStart) and puts PROFAI_ROOT before the folders of ProfAI. Limits and hardening are not applied;
units that it does not know are left alone.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = os.environ["PROFAI_ROOT"]
UNITS = Path(ROOT, "etc/systemd/system")
STATE = Path(ROOT, "run/units")
OURS = re.compile(r"(?<![\w/.])/(opt|etc|var/lib|var/backups)/profai")
PATIENCE = 45.0  # seconds for an orderly end


def directives(name: str) -> list[tuple[str, str]]:
    """Returns the lines of a unit, or of our addition to Debian's unit."""
    path = UNITS / f"{name}.service"
    if not path.exists():
        path = UNITS / f"{name}.service.d" / "profai.conf"
    if not path.exists():
        return []
    lines = OURS.sub(rf"{ROOT}/\1/profai", path.read_text()).splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    return [(key, value) for key, value in pairs]


def start(name: str) -> None:
    found = directives(name)
    STATE.mkdir(parents=True, exist_ok=True)
    commands = [value for key, value in found if key == "ExecStart" and value]
    if not commands or process(name):
        return
    one = dict(found)
    environment = {"PATH": os.environ["PATH"], "HOME": str(STATE)}
    if file := one.get("EnvironmentFile"):
        lines = Path(file).read_text().splitlines()
        environment |= dict(line.split("=", 1) for line in lines if line and line[0] != "#")
    for key, value in found:
        if key == "Environment":
            environment |= dict(part.split("=", 1) for part in shlex.split(value))
    # systemd takes ${NAME} from the unit's environment.
    words = [
        re.sub(r"\$\{(\w+)\}", lambda match: environment[match[1]], word)
        for word in shlex.split(commands[-1])
    ]
    # A program that is installed elsewhere here.
    if not Path(words[0]).exists():
        words[0] = Path(words[0]).name
    if user := one.get("User"):
        words = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", *words]
    with (STATE / f"{name}.log").open("ab") as log:
        child = subprocess.Popen(
            words, cwd=one.get("WorkingDirectory", "/"), env=environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    (STATE / f"{name}.pid").write_text(str(child.pid))


def process(name: str) -> int | None:
    """Returns the id of the unit's process; None if it does not run."""
    with suppress(OSError, ValueError):
        pid = int((STATE / f"{name}.pid").read_text())
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return None if state == "Z" else pid
    return None


def stop(name: str) -> None:
    pid = process(name)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + PATIENCE
    while process(name) and time.monotonic() < end:
        time.sleep(0.1)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    (STATE / f"{name}.pid").unlink()


def main() -> int:
    verb, *names = [word for word in sys.argv[1:] if not word.startswith("-")]
    with Path(ROOT, "systemctl.txt").open("a") as notes:
        notes.write(" ".join(sys.argv[1:]) + "\n")
    for name in names:
        if verb in {"stop", "restart"}:
            stop(name)
        if verb in {"start", "restart"}:
            start(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
