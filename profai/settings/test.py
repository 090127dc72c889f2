"""The test suite: the real parts, with their data in a folder of their own."""

from __future__ import annotations

import os

from profai.environment import BASE_DIR, var_dir

os.environ.setdefault("PROFAI_VAR_DIR", str(var_dir() / "test"))

from profai.settings.base import *  # noqa: F403 - the folder must be set before base reads it

DEBUG = False
SECRET_KEY = "only-for-tests"  # noqa: S105 - protects nothing
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATICFILES_DIRS = [BASE_DIR / "static"]
# Static files are looked up as they are asked for: nothing is collected for a test run.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
