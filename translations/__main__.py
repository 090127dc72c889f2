"""`make messages`: bring all catalogues up to date with templates and code, and compile them."""

from __future__ import annotations

import sys

from translations.catalogues import languages, missing, update

for language in languages():
    update(language)
    left = missing(language)
    print(f"{language}: {len(left)} without a translation")  # noqa: T201 - a command
    for text in left:
        print(f"  {text!r}")  # noqa: T201
sys.exit(0)
