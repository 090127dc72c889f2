"""Settings of headers, logins, sessions and the audit log; see docs/security.md."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from csp.constants import NONE, SELF

from profai.environment import env, rotating

# Our pages have no inline scripts or styles, so that injected ones do not run.
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Style sheets of the admin and of Swagger contain small images.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Reading without a network: common/offline.py.
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Forms have the token, and our scripts do not read the cookie.
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
DEVICE_COOKIE_NAME = "profai_device"

AUTHENTICATION_BACKENDS = ["accounts.logins.LockingBackend"]
# Failures of one account from one address, and of one address with any accounts.
LOGIN_FAILURES = env.int("LOGIN_FAILURES", default=5)
LOGIN_FAILURES_PER_ADDRESS = env.int("LOGIN_FAILURES_PER_ADDRESS", default=100)
LOGIN_COOL_OFF = timedelta(minutes=env.float("LOGIN_COOL_OFF_MINUTES", default=15))
AXES_HANDLER = "accounts.logins.LoginLimits"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = LOGIN_FAILURES
AXES_COOLOFF_TIME = LOGIN_COOL_OFF
AXES_USERNAME_CALLABLE = "accounts.logins.account_key"
AXES_CLIENT_IP_CALLABLE = "accounts.logins.place"
AXES_LOCKOUT_CALLABLE = "accounts.logins.locked_answer"
# Further attempts during a lockout do not make it longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# The audit log has the logins, and the admin has our own page of lockouts.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

PASSWORD_MIN_LENGTH = env.int("PASSWORD_MIN_LENGTH", default=12)
_DJANGOS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_DJANGOS}.UserAttributeSimilarityValidator"},
    {
        "NAME": f"{_DJANGOS}.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH},
    },
    {"NAME": f"{_DJANGOS}.CommonPasswordValidator"},
    {"NAME": f"{_DJANGOS}.NumericPasswordValidator"},
    {"NAME": "accounts.passwords.EndsAccess"},
]
TOKENS_PER_USER = env.int("TOKENS_PER_USER", default=100)

# Single sign-on by OpenID Connect: off where no issuer is set.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = rotating("OIDC_CLIENT_SECRET")
OIDC_NAME = env.str("OIDC_NAME", default="the school account")
OIDC_LINK_BY_EMAIL = env.bool("OIDC_LINK_BY_EMAIL", default=False)
OIDC_NEW_ACCOUNTS = env.bool("OIDC_NEW_ACCOUNTS", default=False)
SINGLE_SIGN_ON_APPS: list[str] = []
SINGLE_SIGN_ON_MIDDLEWARE: list[str] = []
if OIDC_ISSUER:
    SINGLE_SIGN_ON_APPS = [
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "accounts.single_sign_on.apps.SingleSignOnConfig",
    ]
    SINGLE_SIGN_ON_MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
# Passwords, new accounts and addresses of mail are ours.
SOCIALACCOUNT_ONLY = True
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "accounts.single_sign_on.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.single_sign_on.adapters.SingleSignOn"

SESSION_ENGINE = "accounts.sessions"
SESSION_STAFF_IDLE = timedelta(hours=env.float("SESSION_STAFF_IDLE_HOURS", default=8))
SESSION_STAFF_TOTAL = timedelta(hours=env.float("SESSION_STAFF_HOURS", default=12))
SESSION_IDLE = timedelta(hours=env.float("SESSION_IDLE_HOURS", default=7 * 24))
SESSION_TOTAL = timedelta(hours=env.float("SESSION_HOURS", default=30 * 24))
# A day longer than any limit, so that a page can still say that the session has ended.
SESSION_COOKIE_AGE = int(
    (max(SESSION_TOTAL, SESSION_STAFF_TOTAL) + timedelta(days=1)).total_seconds()
)

CLEANUP_AUDIT = timedelta(days=env.int("CLEANUP_AUDIT_DAYS", default=365))
