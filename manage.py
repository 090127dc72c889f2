#!/usr/bin/env python
"""Django's command line, on the development settings unless told otherwise."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

try:
    from profai.local.embedded import ensure_database
    from profai.local.failures import EmbeddedServerError
    from profai.local.private_files import make_var_dir_private
except ImproperlyConfigured as error:
    # A line of .env that cannot be read.
    sys.exit(str(error))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.dev")
    try:
        ensure_database()
        if os.environ["DJANGO_SETTINGS_MODULE"] == "profai.settings.dev":
            make_var_dir_private()
        execute_from_command_line(sys.argv)
    except (EmbeddedServerError, ImproperlyConfigured) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
