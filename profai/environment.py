"""Where settings come from: mounted secrets, the process environment, then the file `.env`."""

from __future__ import annotations

import os
from pathlib import Path

import environ
from django.utils.functional import lazy
from environ.fileaware_mapping import FileAwareMapping

BASE_DIR = Path(__file__).resolve().parent.parent


class SecretFiles(FileAwareMapping):  # type: ignore[misc] # environ has no types
    """The environment, with values that stand in files: `NAME_FILE`, or NAME in SECRETS_DIR.

    A file is read each time its value is asked for, so that a rotated secret is seen.
    """

    def __init__(self) -> None:
        super().__init__(cache=False)

    def __getitem__(self, key: str) -> str:
        path = self._file(key)
        if path is None:
            return os.environ[key]
        # Editors and `echo` end a file with a line break that is no part of the secret.
        return path.read_text(encoding="utf-8").rstrip("\r\n")

    def _file(self, key: str) -> Path | None:
        if named := os.environ.get(f"{key}_FILE"):
            return Path(named)
        folder = os.environ.get("SECRETS_DIR")
        if folder and (path := Path(folder) / key).is_file():
            return path
        return None


class Environment(environ.FileAwareEnv):  # type: ignore[misc] # environ has no types
    ENVIRON = SecretFiles()


env = Environment()
# What a person has set up, maybe with a key that costs money, is no matter of the tests.
if os.environ.get("DJANGO_SETTINGS_MODULE") != "profai.settings.test":
    Environment.read_env(BASE_DIR / ".env", overwrite=False)


def var_dir() -> Path:
    """The folder for everything that a running ProfAI writes on this machine."""
    return Path(env.str("PROFAI_VAR_DIR", default=str(BASE_DIR / "var"))).resolve()


def rotating(*names: str) -> str:
    """The first of these variables that is set, or "": read anew each time it is used."""

    def read() -> str:
        return next((value for name in names if (value := env.str(name, default=""))), "")

    proxy: str = lazy(read, str)()
    return proxy
