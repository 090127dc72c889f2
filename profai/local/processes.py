"""Starts and ends child processes, which end with the process that started them."""

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

import psutil

PR_SET_PDEATHSIG = 1
LOCALHOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Service:
    """A program to keep running. Its output goes to `log`, or to our own output.

    If a service that `is_optional` ends too often, ProfAI continues without it.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    grace: float = 15.0
    is_optional: bool = False


def spawn(service: Service) -> subprocess.Popen[bytes]:
    """Starts a service in its own session, so that Ctrl-C reaches only the supervisor."""
    output = None
    if service.log:
        service.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        service.log.touch(mode=0o600)
        output = service.log.open("ab")
    try:
        return subprocess.Popen(  # noqa: S603 - commands are ours
            service.command,
            env=os.environ | service.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,  # only this account may read the files that it makes
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread runs here when services start
        )
    finally:
        if output:
            output.close()


def end_with_parent() -> None:
    """Makes this process end when its parent is killed; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end(process: subprocess.Popen[bytes], grace: float) -> None:
    """Asks a service to end, and kills what is left of its session after `grace` seconds."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def port_is_free(port: int) -> bool:
    """Whether a server could listen on the port. Raises PermissionError if this account may not."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except PermissionError:
            raise
        except (OSError, OverflowError):
            return False
    return True


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 120) -> bool:
    """Waits until the process listens on the port; returns False if it ends or takes too long.

    Another program that uses the port does not count.
    """
    end_time = time.monotonic() + seconds
    while time.monotonic() < end_time and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((LOCALHOST, port)) == 0 and _listens(process.pid, port):
                return True
        time.sleep(0.1)
    return False


def _listens(pid: int, port: int) -> bool:
    try:
        sockets = psutil.Process(pid).net_connections("inet")
    except psutil.AccessDenied:
        # Some systems show connections only to root.
        return True
    except psutil.NoSuchProcess:
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in sockets)
