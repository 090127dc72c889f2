"""What a store of vectors takes and how quickly it answers, with 10,000 courses of 200 passages.

`python -m benchmarks.engine vector-scale [COURSES [MINUTES [ARRANGEMENT...]]]`. The vectors are
random and of the size of the embedded model's. A store that is not full after MINUTES is measured
with what it has, and its memory is extrapolated by what the second half of its courses took.
Arrangements:

    bounded       as ProfAI uses Chroma: a collection a course, 128 indexes open at most
    unbounded     the same with all indexes open, as Chroma is by itself; 500 courses at most
    shared        64 collections, searched with the course as a filter; 1,000 courses at most
    postgresql    the table of `courses.vectors`

What is counted as memory is that of the server's processes: RSS of Chroma; PSS of PostgreSQL, which
grows until `shared_buffers` are full and no further, so that its extrapolation is too high.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import httpx
import numpy as np
import psutil
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from benchmarks.engine.parts import START, percentile
from benchmarks.report import FOLDER, Result, write_result
from courses.vectors import PostgresStore
from engine.search import chroma_server
from engine.search.vectorstore import ChromaStore, VectorStore
from profai.local.processes import any_free_port, wait_for_port

ID = "vector-scale"
COURSES, PASSAGES, DIMENSIONS = 10_000, 200, 256
GOAL = 2.0
MODEL = "simulated"
SHARED = 64
WRITERS, BATCH, TIMED, IN_USE, LIMIT = 3, 50, 100, 20, 50
ALL_OPEN = 1_000_000
MOST = {"unbounded": 500, "shared": 1_000}

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measured:
    courses: int
    megabytes_with_half: float
    megabytes: float
    megabytes_on_disk: float
    index_ms: float
    query_idle_ms: tuple[float, float]
    query_in_use_ms: tuple[float, float]
    found: float
    restart_s: float
    query_after_restart_ms: tuple[float, float]
    delete_ms: tuple[float, float]
    megabytes_after_deleting: float

    def gibibytes(self, courses: int) -> float:
        """Returns the memory with so many courses, if it grows on as in the second half."""
        grown = max(self.megabytes - self.megabytes_with_half, 0) / (self.courses / 2)
        return (self.megabytes + grown * (courses - self.courses)) / 1024

    def in_words(self) -> str:
        parts = {
            "courses": f"{self.courses:,}",
            "memory": f"{self.megabytes:,.0f} MB ({self.megabytes_with_half:,.0f} with half)",
            "disk": f"{self.megabytes_on_disk:,.0f} MB",
            "index a course": f"{self.index_ms:.0f} ms",
            "query of any course": _in_words(self.query_idle_ms),
            f"of {IN_USE} in use": _in_words(self.query_in_use_ms),
            "nearest found": f"{self.found:.1%}",
            "restart": f"{self.restart_s:.1f} s",
            "query then": _in_words(self.query_after_restart_ms),
            "delete a course": _in_words(self.delete_ms),
            f"memory with {TIMED} courses less": f"{self.megabytes_after_deleting:,.0f} MB",
        }
        return "; ".join(f"{name} {value}" for name, value in parts.items())


class Arrangement(Protocol):
    """Courses by their numbers in one kind of store."""

    def add(self, course: int, vectors: Vectors) -> None: ...

    def query(self, course: int, vector: Vectors) -> list[str]: ...

    def delete(self, course: int) -> None: ...

    def megabytes(self) -> float: ...

    def megabytes_on_disk(self) -> float: ...

    def restart(self) -> None: ...


class Collections:
    """A collection a course in any store of ours."""

    store: VectorStore

    def add(self, course: int, vectors: Vectors) -> None:
        self.store.replace_group(
            f"course-{course}",
            model=MODEL,
            group="1",
            groups=["1"],
            ids=_ids(course, len(vectors)),
            vectors=vectors,
        )

    def query(self, course: int, vector: Vectors) -> list[str]:
        hits = self.store.query(f"course-{course}", model=MODEL, vector=vector, limit=LIMIT)
        return [hit.id for hit in hits]

    def delete(self, course: int) -> None:
        self.store.delete_collection(f"course-{course}")


class ChromaServer:
    def __init__(self, folder: Path, open_indexes: int) -> None:
        self.folder, self.port, self._open = folder, any_free_port(), open_indexes
        self._start()

    def _start(self) -> None:
        self._server = subprocess.Popen(
            chroma_server.command(
                self.folder, host="127.0.0.1", port=self.port, open_indexes=self._open
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert wait_for_port(self.port, self._server, START)

    def stop(self) -> None:
        self._server.terminate()
        self._server.wait(60)

    def restart(self) -> None:
        self.stop()
        self._start()

    def megabytes(self) -> float:
        return float(psutil.Process(self._server.pid).memory_info().rss / 2**20)

    def megabytes_on_disk(self) -> float:
        files = (one for one in self.folder.rglob("*") if one.is_file())
        return sum(one.stat().st_blocks for one in files) * 512 / 2**20


class CollectionsInChroma(ChromaServer, Collections):
    def __init__(self, folder: Path, open_indexes: int) -> None:
        super().__init__(folder, open_indexes)
        self.store = ChromaStore(
            host="127.0.0.1",
            port=self.port,
            ssl=False,
            tenant="default_tenant",
            database="default_database",
            key="",
        )


class SharedInChroma(ChromaServer):
    """Which ProfAI does not do, so it calls the server itself."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ALL_OPEN)
        self._client = httpx.Client(timeout=60)
        index = {"hnsw": {"space": "cosine"}}
        self._names = [
            self._call("", {"name": f"shared-{number}", "configuration": index})["id"]
            for number in range(SHARED)
        ]

    def _call(self, path: str, body: dict[str, Any]) -> Any:
        database = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        address = f"http://127.0.0.1:{self.port}{database}{path}"
        return self._client.post(address, json=body).raise_for_status().json()

    def _place(self, course: int) -> str:
        return f"/{self._names[course % SHARED]}"

    def add(self, course: int, vectors: Vectors) -> None:
        self._call(
            f"{self._place(course)}/upsert",
            {
                "ids": _ids(course, len(vectors)),
                "embeddings": vectors.tolist(),
                "metadatas": [{"course": course}] * len(vectors),
            },
        )

    def query(self, course: int, vector: Vectors) -> list[str]:
        body = {
            "query_embeddings": [vector.tolist()],
            "n_results": LIMIT,
            "where": {"course": course},
            "include": ["distances"],
        }
        found: list[str] = self._call(f"{self._place(course)}/query", body)["ids"][0]
        return found

    def delete(self, course: int) -> None:
        self._call(f"{self._place(course)}/delete", {"where": {"course": course}})


class InPostgres(Collections):
    store = PostgresStore()

    def megabytes(self) -> float:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = psutil.Process(cursor.fetchone()[0])
        server = backend.parent()
        assert server is not None
        processes = [server, *server.children()]
        return float(sum(one.memory_full_info().pss for one in processes) / 2**20)

    def megabytes_on_disk(self) -> float:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_total_relation_size('courses_storedvectors')")
            return float(cursor.fetchone()[0] / 2**20)

    def restart(self) -> None:
        """A new connection; the server starts as it does without vectors."""
        connection.close()


@contextmanager
def arranged(name: str) -> Iterator[Arrangement]:
    folder = settings.VAR_DIR / name
    if name == "postgresql":
        yield InPostgres()
        return
    made: SharedInChroma | CollectionsInChroma
    if name == "shared":
        made = SharedInChroma(folder)
    else:
        opened = ALL_OPEN if name == "unbounded" else chroma_server.OPEN_INDEXES
        made = CollectionsInChroma(folder, opened)
    try:
        yield made
    finally:
        made.stop()


ARRANGEMENTS = ("postgresql", "unbounded", "shared", "bounded")


def run(courses: str = str(COURSES), minutes: str = "600", *names: str) -> None:
    wanted, found = int(courses), _earlier()
    for name in names or ARRANGEMENTS:
        with arranged(name) as store:
            most = min(wanted, MOST.get(name, wanted))
            found[name] = measure(store, most, seconds=60 * float(minutes))
        # After each, since a run takes long and may be cut off.
        _write(found)


def _write(found: dict[str, Measured]) -> None:
    chosen = found.get("bounded") or next(iter(found.values()))
    value = round(chosen.gibibytes(COURSES), 2)
    write_result(
        Result(
            id=ID,
            value=value,
            unit=f"GiB at {COURSES:,} courses, measured with {chosen.courses:,}",
            goal=f"<= {GOAL:g}",
            holds=value <= GOAL,
            yardstick=f"{PASSAGES} random vectors of {DIMENSIONS} dimensions a course",
            runs=1,
            parts={
                name: f"{one.gibibytes(COURSES):.2f} GiB at {COURSES:,}; {one.in_words()}"
                for name, one in found.items()
            }
            | {"measured": {name: asdict(one) for name, one in found.items()}},
        )
    )


def _earlier() -> dict[str, Measured]:
    """Returns what was measured before; arrangements take long, and can be measured one by one."""
    file = FOLDER / f"{ID}.json"
    measured = json.loads(file.read_text())["parts"]["measured"] if file.exists() else {}
    return {name: Measured(**values) for name, values in measured.items()}


def measure(store: Arrangement, most: int, seconds: float = 600.0) -> Measured:
    """Fills the store with so many courses and measures it. The last courses are deleted."""
    random = np.random.default_rng(1)
    timed = min(TIMED, most // 4)
    memory = _fill(store, most - timed, seconds)
    courses = len(memory) + timed
    with_half = memory[courses // 2]
    index = [
        _milliseconds(partial(store.add, c, vectors_of(c))) for c in range(len(memory), courses)
    ]
    any_course = [int(number) for number in random.integers(0, courses, 3 * timed)]
    in_use = [number % min(IN_USE, courses) for number in range(3 * timed)]
    found: list[bool] = []
    # Each of these has not been asked yet, and most of their indexes are closed.
    idle = _queries(store, any_course, found)
    _queries(store, in_use[:IN_USE], found)
    used = _queries(store, in_use, found)
    megabytes, disk = store.megabytes(), store.megabytes_on_disk()
    started = time.perf_counter()
    store.restart()
    _queries(store, any_course[:1], found)
    restart = time.perf_counter() - started
    after_restart = _queries(store, any_course, found)
    deleted = [_milliseconds(partial(store.delete, c)) for c in range(courses - timed, courses)]
    return Measured(
        courses=courses,
        megabytes_with_half=with_half,
        megabytes=max(megabytes, store.megabytes()),
        megabytes_on_disk=disk,
        index_ms=median(index),
        query_idle_ms=_median_and_p95(idle),
        query_in_use_ms=_median_and_p95(used),
        found=sum(found) / len(found),
        restart_s=restart,
        query_after_restart_ms=_median_and_p95(after_restart),
        delete_ms=_median_and_p95(deleted),
        megabytes_after_deleting=store.megabytes(),
    )


def vectors_of(course: int) -> Vectors:
    random = np.random.default_rng(course)
    made: Vectors = random.standard_normal((PASSAGES, DIMENSIONS), dtype=np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def _fill(store: Arrangement, most: int, seconds: float) -> list[float]:
    """Adds courses until there are enough or the time is up. Returns the memory with each."""
    memory, end = list[float](), time.monotonic() + seconds

    def add(course: int) -> None:
        store.add(course, vectors_of(course))

    # A connection to PostgreSQL is one thread's.
    add_all = map if isinstance(store, InPostgres) else ThreadPoolExecutor(WRITERS).map
    while len(memory) < most and time.monotonic() < end:
        batch = range(len(memory), min(len(memory) + BATCH, most))
        list(add_all(add, batch))
        memory += [store.megabytes()] * len(batch)
        if len(memory) % 500 == 0:
            sys.stderr.write(f"{len(memory)} courses, {memory[-1]:.0f} MB\n")
    return memory


def _queries(store: Arrangement, courses: Sequence[int], found: list[bool]) -> list[float]:
    """Returns milliseconds. Each looks for a passage of its course that is slightly changed."""
    times = []
    for number, course in enumerate(courses):
        place = number % PASSAGES
        noise = vectors_of(number + 10**6)[0] / 2
        vector = vectors_of(course)[place] + noise
        started = time.perf_counter()
        hits = store.query(course, vector)
        times.append(1000 * (time.perf_counter() - started))
        found.append(hits[:1] == [_ids(course, PASSAGES)[place]])
    return times


def _ids(course: int, count: int) -> list[str]:
    return [str(course * PASSAGES + number) for number in range(count)]


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def _median_and_p95(values: Sequence[float]) -> tuple[float, float]:
    return round(median(values), 1), round(percentile(values, 0.95), 1)


def _in_words(times: tuple[float, float]) -> str:
    return f"{times[0]:g} ms, p95 {times[1]:g}"
