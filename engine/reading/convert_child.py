"""A separate program that has LibreOffice convert one file, under limits that it sets on both."""

from __future__ import annotations

import resource
import subprocess
import sys

from engine.reading.child import read_request


def main() -> int:
    # LibreOffice reserves far more addresses than it uses.
    request = read_request(resource.RLIMIT_DATA)
    folder = request["folder"]
    command = [
        request["program"],
        "--headless",
        "--norestore",
        "--nolockcheck",
        f"-env:UserInstallation=file://{folder}/profile",
        *("--convert-to", request["format"], "--outdir", folder, request["path"]),
    ]
    ended = subprocess.run(  # noqa: S603 - the program that was found on this machine
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": folder, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        check=False,
    )
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
