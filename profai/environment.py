"""Where settings come from: the process environment first, then the file `.env`."""

from __future__ import annotations

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()
# What a person has set up, maybe with a key that costs money, is no matter of the tests.
if os.environ.get("DJANGO_SETTINGS_MODULE") != "profai.settings.test":
    environ.FileAwareEnv.read_env(BASE_DIR / ".env", overwrite=False)


def var_dir() -> Path:
    """The folder for everything that a running ProfAI writes on this machine."""
    return Path(env.str("PROFAI_VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
