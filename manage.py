#!/usr/bin/env python
"""Django's command line, on the development settings unless told otherwise."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from profai.embedded import ensure_database
from profai.environment import var_dir


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.dev")
    try:
        ensure_database()
    except OSError as error:
        sys.exit(
            f"ProfAI cannot use {var_dir()}: {error.strerror}. Make the folder writable, or set "
            "PROFAI_VAR_DIR to another."
        )
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
