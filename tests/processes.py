"""Child processes of the tests: where their database is, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from urllib.parse import quote

from django.db import connection

from profai.local.processes import wait_for_port
from tests.waiting import LONG


def database_url() -> str:
    """The address of the test database for a child process."""
    values = connection.settings_dict
    host = values.get("OPTIONS", {}).get("host") or values["HOST"]
    password = f":{quote(values['PASSWORD'], safe='')}" if values["PASSWORD"] else ""
    user = f"{values['USER']}{password}"
    if host.startswith("/"):
        return f"postgresql://{user}@/{values['NAME']}?host={host}"
    return f"postgresql://{user}@{host}:{values['PORT'] or 5432}/{values['NAME']}"


def answers_on(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether it does before it ends."""
    return wait_for_port(port, process, LONG)


def end_group(process: subprocess.Popen[bytes], seconds: float = LONG) -> None:
    """Ask a process that leads a session of its own to end; kill what is left of it."""
    process.terminate()
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(seconds)
