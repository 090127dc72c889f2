"""`python -m clients FOLDER`: write a typed Python client, made of the API's own document."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
CONFIG = HERE / "python.yaml"
BIN = Path(sys.executable).parent


def write_client(folder: Path, *, meta: str = "setup") -> None:
    """`meta` is "setup" for a package that pip installs, "none" for the modules alone."""
    # The generator tidies its output by the ruff that it finds.
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    environment.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.test")
    with TemporaryDirectory() as temporary:
        document = f"{temporary}/openapi.json"
        describe = ["manage.py", "spectacular", "--format", "openapi-json", "--file", document]
        _run([sys.executable, *describe], environment)
        generate = ["generate", "--path", document, "--config", str(CONFIG), "--meta", meta]
        place = ["--output-path", str(folder.resolve()), "--overwrite", "--fail-on-warning"]
        _run([str(BIN / "openapi-python-client"), *generate, *place], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=HERE.parent, env=environment, check=True)  # noqa: S603 - our own words


if __name__ == "__main__":
    write_client(Path(sys.argv[1]))
