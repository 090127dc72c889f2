"""Starts a Chroma server that keeps only the indexes in use in memory.

`python -m engine.search.chroma_server --path FOLDER --host ADDRESS --port PORT`

An open index takes 3 MB and four file descriptors, and by itself Chroma closes none, not even that
of a deleted collection. The server is told to keep `--open-indexes` of them, those that were used
last; it reads another from its files in some milliseconds. For that an index must be in its files
entirely, which `engine.search.vectorstore` sees to.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

OPEN_INDEXES = 128
CONFIG = """\
persist_path: {path}
listen_address: {host}
port: {port}
segment_manager:
  hnsw_index_pool_cache_config:
    !memory
    capacity: {open_indexes}
    shards: 1
    eviction: lru
"""


def command(path: Path, *, host: str, port: int, open_indexes: int = OPEN_INDEXES) -> list[str]:
    """Returns the command that starts a server."""
    values = {"path": path, "host": host, "port": port, "open-indexes": open_indexes}
    options = [part for name, value in values.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "engine.search.chroma_server", *options]


def delete_orphans(path: Path) -> int:
    """Deletes the files of indexes whose collection was deleted, which Chroma leaves; returns how
    many indexes they were. The server must not run.
    """
    database = path / "chroma.sqlite3"
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            known = {row[0] for row in connection.execute("SELECT id FROM segments")}
        except sqlite3.Error:
            # Another release of Chroma; its own start says what is wrong.
            return 0
    orphans = [one for one in path.iterdir() if _is_index(one) and one.name not in known]
    for folder in orphans:
        shutil.rmtree(folder, ignore_errors=True)
    return len(orphans)


def _is_index(folder: Path) -> bool:
    try:
        return folder.is_dir() and str(UUID(folder.name)) == folder.name
    except ValueError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--path", type=Path, required=True, help="the folder of its data")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--open-indexes", type=int, default=OPEN_INDEXES)
    options = parser.parse_args()
    options.path.mkdir(parents=True, exist_ok=True)
    delete_orphans(options.path)
    config = options.path / "server.yaml"
    config.write_text(
        CONFIG.format(
            path=json.dumps(str(options.path)),
            host=json.dumps(options.host),
            port=options.port,
            open_indexes=options.open_indexes,
        )
    )
    # In place of this process, so that signals reach the server. Its own variables would be taken
    # before the file.
    environment = {key: value for key, value in os.environ.items() if key[:7] != "CHROMA_"}
    program = str(Path(sys.executable).with_name("chroma"))
    os.execve(program, [program, "run", str(config)], environment)  # noqa: S606 - our own program


if __name__ == "__main__":
    main()
