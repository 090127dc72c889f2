"""`python -m tests.llm_server [--port N] [--options JSON]`: serves on 127.0.0.1."""

from __future__ import annotations

import argparse
import json
import socket
import sys

import uvicorn

from tests.llm_server.app import Server
from tests.llm_server.options import Options


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--options", default="{}")
    given = parser.parse_args()
    options = Options()
    options.update(json.loads(given.options))
    listener = socket.create_server(("127.0.0.1", given.port), backlog=512)
    sys.stdout.write(f"listening on http://127.0.0.1:{listener.getsockname()[1]}/v1\n")
    sys.stdout.flush()
    # Faults that break a connection are raised on purpose; they need no trace.
    config = uvicorn.Config(Server(options).app(), log_level="critical", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
