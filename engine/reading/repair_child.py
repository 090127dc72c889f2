"""A separate program that writes a repaired copy of a PDF that does not open."""

from __future__ import annotations

import json
import resource
import sys

import pikepdf


def main() -> int:
    request = json.load(sys.stdin)
    memory, cpu, size = request["memory"], request["cpu"], request["bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with pikepdf.open(request["path"]) as document:
        document.save(request["target"])
        sys.stdout.write(json.dumps({"pages": len(document.pages)}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
