"""Closes the files of ProfAI to other accounts of this machine."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from profai.environment import BASE_DIR, var_dir

# Folders that parts of ProfAI make in the data folder.
OWN_FOLDERS = ("chroma", "log", "media", "metrics", "model-calls")


def make_var_dir_private() -> None:
    """Makes the data folder, which only its owner may enter, and closes folders that an earlier
    release left open.

    If PROFAI_VAR_DIR is set, its folder may contain other things too. Then only our own folders in
    it are closed.
    """
    folder = var_dir()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder == BASE_DIR / "var":
        _close(folder)
    for name in OWN_FOLDERS:
        with suppress(FileNotFoundError):
            _close(folder / name)


def _close(folder: Path) -> None:
    state = folder.lstat()
    if state.st_uid == os.geteuid() and not folder.is_symlink() and state.st_mode & 0o077:
        folder.chmod(0o700)
