"""Settings of the tests: real parts, with their data in their own folder."""

from __future__ import annotations

import os

from profai.environment import BASE_DIR, var_dir

os.environ.setdefault("PROFAI_VAR_DIR", str(var_dir() / "test"))
# Each process of tests has its own servers, because some tests kill theirs.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _worker and "PROFAI_TESTS_OF" not in os.environ:
    os.environ["PROFAI_TESTS_OF"] = _worker
    os.environ["PROFAI_VAR_DIR"] += f"/{_worker}"

from profai.settings.base import *  # noqa: E402, F403 - base reads the folder

DEBUG = False
CHECK_LOCK_ORDER = True
SECRET_KEY = "only-for-tests"  # noqa: S105 - protects nothing
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
# The default database of any server: tests share one.
CHROMA_DATABASE = "default_database"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATICFILES_DIRS = [BASE_DIR / "static"]
# Static files are found at each request: nothing is collected for a test run.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
