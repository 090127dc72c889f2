"""A language model on this machine: its file, what it needs, and the server that runs it.

`python -m engine.llm.local_server MODEL.gguf --port 8397 --context 8192 --slots 2` serves the file
with OpenAI's protocol on 127.0.0.1, for those who have the key in MODEL_SERVER_KEY; in a container,
`--host 0.0.0.0` serves the containers beside it. The server is llama.cpp's own, from the package
xllamacpp.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import psutil

KEY_VARIABLE = "MODEL_SERVER_KEY"
MAGIC = b"GGUF"
# The wheels are built for these; without them the process ends with "Illegal instruction".
NEEDED_FLAGS = frozenset({"avx2", "bmi2", "f16c", "fma"})
INSTALL = "Start ProfAI with `make run`, which installs it."
CPUINFO = Path("/proc/cpuinfo")
WINDOW = 8192
MIN_WINDOW = 4096
BATCH = 512  # tokens that are read at once; more costs memory
CACHE = 256  # MiB for prompts of earlier calls
# A large model beside the database and two workers.
SPARE = 512 * 1024 * 1024


class LocalModelError(Exception):
    """The model cannot run here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """Tokens of what one call shows of the documents, for an outline or a topic, and of its
    answer."""

    outline: int
    topic: int
    answer: int


PROVIDER_BUDGETS = Budgets(outline=24_000, topic=6000, answer=6000)
# Together with our own words they fit into WINDOW.
_IN_WINDOW = Budgets(outline=4000, topic=2500, answer=1500)


def budgets(window: int) -> Budgets:
    """Returns what fits into a window of so many tokens, at most what is good for any model."""
    small, large = _IN_WINDOW, PROVIDER_BUDGETS
    return Budgets(
        min(small.outline * window // WINDOW, large.outline),
        min(small.topic * window // WINDOW, large.topic),
        min(small.answer * window // WINDOW, large.answer),
    )


def model_name(path: str) -> str:
    """Returns a name for the model of a file: that of the file, in signs that a header carries."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(path).name.removesuffix(".gguf")).strip("-")


def check_model(path: Path, window: int) -> None:
    """Raises LocalModelError if the file cannot be served on this machine."""
    if window < MIN_WINDOW:
        raise LocalModelError(
            f"LOCAL_MODEL_CONTEXT is {window}. Lessons need a context of {MIN_WINDOW} tokens or "
            "more; 8192 is a good start."
        )
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
        size = path.stat().st_size
    except OSError as error:
        raise LocalModelError(
            f"LOCAL_MODEL is {path}, which cannot be read ({error.strerror}). Set it to the whole "
            "path of a model file that ends in .gguf."
        ) from error
    if magic != MAGIC:
        raise LocalModelError(
            f"LOCAL_MODEL is {path}, which is no model in the format GGUF. Download the model once "
            "more, in that format; a download that was cut off looks like this too."
        )
    if missing := missing_cpu_flags(CPUINFO):
        raise LocalModelError(
            f"This machine's processor lacks {', '.join(missing)}, which the model's server needs. "
            "Run the model with Ollama or on another machine (docs/language-models.md), and take "
            "LOCAL_MODEL out."
        )
    total = psutil.virtual_memory().total
    if size + SPARE > total:
        raise LocalModelError(
            f"The model {path.name} needs {_gigabytes(size + SPARE)} GB of memory and more; this "
            f"machine has {_gigabytes(total)} GB. Choose a smaller model."
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1024**3:.1f}"


def missing_cpu_flags(cpuinfo: Path) -> list[str]:
    """Returns the instructions that the server's wheel needs and this processor lacks.

    Only of x86 processors that say what they have; the wheels for others need nothing special.
    """
    if platform.machine() not in {"x86_64", "AMD64"} or not cpuinfo.exists():
        return []
    found = re.search(r"^flags\s*:(.*)$", cpuinfo.read_text(encoding="utf-8"), re.MULTILINE)
    return sorted(NEEDED_FLAGS - set(found[1].split())) if found else []


def server_key() -> str:
    """Returns the key of the server, from the environment or from a mounted secret of that name."""
    secret = Path(os.environ.get("SECRETS_DIR") or "/run/secrets") / KEY_VARIABLE
    if key := os.environ.get(KEY_VARIABLE, ""):
        return key
    return secret.read_text(encoding="utf-8").strip() if secret.is_file() else ""


def command(path: Path, *, port: int, window: int, slots: int) -> list[str]:
    """Returns the arguments after the interpreter. `window` is that of one call."""
    options = ["--port", str(port), "--context", str(window), "--slots", str(slots)]
    return ["-m", "engine.llm.local_server", str(path), *options]


def environment(key: str) -> dict[str, str]:
    # Threads that wait for the next call must not use the processor.
    return {KEY_VARIABLE: key, "OMP_WAIT_POLICY": "passive"}


def speed(metrics: str) -> str:
    """Returns words for the server's metrics, a text in the form of Prometheus."""
    found = dict(re.findall(r"^llamacpp:(\w+) ([\d.e+-]+)$", metrics, re.MULTILINE))
    if not float(found.get("tokens_predicted_total", 0)):
        return "nothing written yet"
    reads, writes = float(found["prompt_tokens_seconds"]), float(found["predicted_tokens_seconds"])
    return f"reads {reads:.0f} and writes {writes:.1f} tokens a second"


def is_loaded(port: int) -> bool:
    """Whether the server answers calls. It listens earlier, while it still loads the file."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def memory_of_server(port: int) -> int:
    """Returns the bytes of memory that the server on this port uses; 0 if there is none."""
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        words = process.info["cmdline"] or []
        if "engine.llm.local_server" in words and str(port) in words:
            used: int = process.info["memory_info"].rss
            return used
    return 0


def serve(path: Path, *, host: str, port: int, window: int, slots: int, key: str) -> None:
    """Serves the model until SIGTERM."""
    try:
        import xllamacpp
    except ImportError as error:
        raise SystemExit(f"The package xllamacpp is missing. {INSTALL}") from error
    # Before the server starts its threads, which inherit the mask.
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = {model_name(str(path))}
    parameters.hostnames = [host]
    parameters.port = port
    parameters.api_keys = [key]
    parameters.cors_origins = ""
    parameters.ui = False
    parameters.offline = True
    parameters.endpoint_metrics = True
    parameters.n_ctx = window * slots
    parameters.n_parallel = slots
    parameters.n_batch = BATCH
    parameters.cache_ram_mib = CACHE
    # More than these would wait for each other.
    threads = len(os.sched_getaffinity(0))
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(parameters)
    signal.sigwait(ends)
    del server
    # Its threads may be in the middle of an answer.
    os._exit(0)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Serves a language model.")
    parser.add_argument("model", type=Path)
    parser.add_argument("--host", default="127.0.0.1", help="another only within a container")
    for name in ("--port", "--context", "--slots"):
        parser.add_argument(name, type=int, required=True)
    given = parser.parse_args(arguments)
    key = server_key()
    if not key:
        parser.error(f"set {KEY_VARIABLE} to the key of the server")
    try:
        check_model(given.model, given.context)
    except LocalModelError as error:
        raise SystemExit(str(error)) from error
    window, slots = given.context, given.slots
    serve(given.model, host=given.host, port=given.port, window=window, slots=slots, key=key)


if __name__ == "__main__":
    main()
