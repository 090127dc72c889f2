"""ProfAI as it runs: its web server and its workers, on the test's database."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from profai.environment import BASE_DIR
from profai.local.supervisor import web_command
from tests.clusters import running_cluster
from tests.ports import free_port
from tests.processes import answers_on, database_url, end_group


@contextmanager
def running_profai(
    folder: Path, chroma_port: int, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Gives its address."""
    port = free_port()
    values = {
        "CHROMA_PORT": str(chroma_port),
        "PROFAI_VAR_DIR": str(folder / "var"),
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "profai.settings.test",
        **(environment or {}),
    }
    web = subprocess.Popen(
        web_command(port), cwd=BASE_DIR, env=os.environ | values, start_new_session=True
    )
    try:
        assert answers_on(port, web)
        with running_cluster(folder / "cluster.log", environment=values):
            yield f"http://127.0.0.1:{port}"
    finally:
        end_group(web)
