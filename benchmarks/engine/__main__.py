"""`python -m benchmarks.engine ID`, or `soak MINUTES`: sets Django up, then runs one of them."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from tempfile import TemporaryDirectory

import django
from django.core.management import call_command

from profai.environment import var_dir
from profai.local.embedded import start_server

MODULES = {
    "admin-load": "admin_load",
    "book-growth": "book.growth",
    "book-vs-pdfplumber": "book.against_pdfplumber",
    "idle-queries": "idle",
    "job-status": "polling",
    "import-speed": "imports",
    "page-load": "pages",
    "queue-throughput": "throughput",
    "quiz-crowd": "pages.crowd",
    "recovery": "recovery",
    "soak": "soak",
    "telemetry-cost": "observed",
    "ten-courses": "courses",
    "upload-under-load": "uploads",
    "vector-scale": "vectors",
    "worker-memory": "memory",
}


def main() -> int:
    name, *rest = sys.argv[1:]
    server = start_server(var_dir() / "bench" / "postgres")
    with TemporaryDirectory(prefix="profai-bench-") as folder:
        os.environ |= {
            "DATABASE_URL": server,
            "DJANGO_SETTINGS_MODULE": "profai.settings.test",
            "PROFAI_VAR_DIR": folder,
        }
        django.setup()
        logging.disable(logging.WARNING)
        call_command("migrate", verbosity=0)
        # Rows of an earlier run would be worked on by this one.
        call_command("flush", interactive=False, verbosity=0)
        place, _, function = MODULES[name].partition(".")
        module = import_module(f"benchmarks.engine.{place}")
        code: int | None = getattr(module, function or "run")(*rest)
    return code or 0


if __name__ == "__main__":
    sys.exit(main())
