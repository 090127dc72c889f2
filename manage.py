#!/usr/bin/env python
"""Django's command line, on the development settings unless told otherwise."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from profai.embedded import ensure_database


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.dev")
    ensure_database()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
