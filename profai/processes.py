"""Child processes that end with the one that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOCALHOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Service:
    """A program to keep running. Its output goes to `log`, or to ours if there is none."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    grace: float = 15.0


def spawn(service: Service) -> subprocess.Popen[bytes]:
    """Start a service in a session of its own, so that Ctrl-C reaches the supervisor alone."""
    output = None
    if service.log:
        service.log.parent.mkdir(parents=True, exist_ok=True)
        output = service.log.open("ab")
    try:
        return subprocess.Popen(  # noqa: S603 - commands are ours
            service.command,
            env=os.environ | service.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread runs here when services start
        )
    finally:
        if output:
            output.close()


def end_with_parent() -> None:
    """On Linux a killed parent takes this process with it; elsewhere it is left."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end(process: subprocess.Popen[bytes], grace: float) -> None:
    """Ask a service to end, and kill what is left of its session after `grace` seconds."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 30) -> bool:
    """Whether something answers on the port before the process or the time ends."""
    end_time = time.monotonic() + seconds
    while time.monotonic() < end_time and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((LOCALHOST, port)) == 0:
                return True
        time.sleep(0.1)
    return False
