"""Writes `/metrics`: the metrics of all processes of a folder, in Prometheus's format."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from telemetry.metrics import REGISTRY
from telemetry.multiprocess import is_readable, own_folder, running_slots
from telemetry.threads import start_lasting

logger = logging.getLogger(__name__)

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
REQUEST_TIMEOUT = 10.0  # seconds for a client to send its request
PATH = "/metrics"

Source = Callable[[], Iterable[Metric]]
# Registered by apps and called at each scrape: metrics of this machine, and those that are the
# same on all machines.
_machine: list[Source] = []
_common: list[Source] = []


def add_source(source: Source, *, common: bool = False) -> None:
    """Registers `source`, which each scrape calls. `common`: the same on every machine."""
    (_common if common else _machine).append(source)


def page(accept: str, *, machine_only: bool = False) -> tuple[bytes, str]:
    """Returns the text in the format that the client asks for, and its content type.

    `machine_only` leaves out metrics that are the same on every machine.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counted())
    for source in _machine if machine_only else [*_machine, *_common]:
        registry.register(_Source(source))
    encode, content_type = choose_encoder(accept)
    text: bytes = encode(registry)
    return text, content_type


def may_see(authorization: str, token: str) -> bool:
    """Whether the header holds the bearer token `token`; False if `token` is empty."""
    sent = authorization.removeprefix("Bearer ")
    return bool(token) and sent != authorization and constant_time_compare(sent, token)


class _Counted(Collector):
    """Collects metrics of all processes of the folder; of this one only if it has no folder."""

    def collect(self) -> Iterator[Metric]:
        folder = own_folder()
        if folder is None:
            yield from REGISTRY.collect()
            yield from _processes([("this", os.getpid())], 0)
            return
        alive = dict(running_slots(folder))
        # Gauges of processes that ended are left out; their counters are kept.
        files = [
            path
            for path in folder.glob("*.db")
            if not path.name.startswith("gauge") or path.stem.rpartition("_")[2] in alive
        ]
        good = [path for path in files if is_readable(path)]
        merged = MultiProcessCollector.merge([str(path) for path in good])  # type: ignore[no-untyped-call] # the library's
        yield from sorted(merged, key=lambda metric: str(metric.name))
        yield from _processes(alive.items(), len(files) - len(good))


class _Source(Collector):
    """Collects metrics of one source. If it fails, only its metrics are missing."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def collect(self) -> Iterator[Metric]:
        try:
            yield from list(self._source())
        except Exception:
            logger.exception("Metrics are missing")


def _processes(alive: Iterable[tuple[str, int]], unreadable: int) -> Iterator[Metric]:
    memory = GaugeMetricFamily(
        "profai_process_memory_bytes", "Resident memory of a process", labels=["process"]
    )
    seconds = CounterMetricFamily(
        "profai_process_cpu_seconds", "Processor time of a process", labels=["process"]
    )
    for name, pid in alive:
        with suppress(OSError, IndexError, ValueError):
            process = Path(f"/proc/{pid}")
            pages = int((process / "statm").read_text().split()[1])
            memory.add_metric([name], pages * PAGE)
            # The fields after the name, which may hold blanks and brackets.
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            seconds.add_metric([name], (int(fields[11]) + int(fields[12])) / TICKS)
    yield memory
    yield seconds
    yield GaugeMetricFamily(
        "profai_metrics_unreadable_files", "Files of metrics left out", value=unreadable
    )


def disks(folders: Mapping[str, Path]) -> Iterator[Metric]:
    """Yields free and total bytes of the disks of these folders, by name."""
    free = GaugeMetricFamily("profai_disk_free_bytes", "Room left on a disk", labels=["disk"])
    size = GaugeMetricFamily("profai_disk_size_bytes", "Size of a disk", labels=["disk"])
    for name, folder in folders.items():
        with suppress(OSError):
            usage = shutil.disk_usage(folder)
            free.add_metric([name], usage.free)
            size.add_metric([name], usage.used + usage.free)
    yield free
    yield size


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Binds without a look-up of our own name, which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    timeout = REQUEST_TIMEOUT

    def log_message(self, *_args: Any) -> None:
        """Logs nothing: there is a scrape every few seconds."""


def serve(address: str, port: int, token: Callable[[], str]) -> threading.Thread | None:
    """Answers scrapes of this machine in threads of this process; None if the port is taken."""

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        if environ["PATH_INFO"] != PATH:
            return _short(start, "404 Not Found")
        if not may_see(environ.get("HTTP_AUTHORIZATION", ""), token()):
            return _short(start, "401 Unauthorized", ("WWW-Authenticate", "Bearer"))
        body, content_type = page(environ.get("HTTP_ACCEPT", ""), machine_only=True)
        start("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]

    try:
        server = make_server(address, port, answer, _Server, _Handler)
    except OSError as error:
        logger.warning("No metrics on %s:%s: %s", address, port, error)
        return None
    return start_lasting("metrics", server.serve_forever)


def _short(start: Any, status: str, *headers: tuple[str, str]) -> list[bytes]:
    start(status, [("Content-Type", "text/plain"), *headers])
    return [status.encode()]
