"""Settings of every environment; dev, test and production build on them."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from django.utils.functional import lazy

from engine.llm.local_server import PROVIDER_BUDGETS, WINDOW, budgets, model_name
from engine.llm.providers import PROVIDERS, key_variables
from engine.search.chroma_server import OPEN_INDEXES
from profai.environment import (
    BASE_DIR,
    env,
    log_level,
    network,
    rate,
    rotating,
    time_zone,
    var_dir,
)
from profai.local.installation import installation_id, running_addresses
from profai.settings.secret import stored_secret_key
from profai.settings.security import *  # noqa: F403 - one topic of these settings
from telemetry.logs import format_of, logging_config

VAR_DIR = var_dir()

# Before numpy is imported, which then multiplies in one thread: each process of ours has a core,
# and more threads wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

INSTALLED_APPS = [
    "profai.staff_site.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    # Before Django-Q2, so that our command `qcluster` replaces its own.
    "jobs",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "rest_framework",
    "common",
    "accounts.apps.FailedLoginsConfig",
    "accounts.apps.AccountsConfig",
    *SINGLE_SIGN_ON_APPS,  # noqa: F405 - of the settings above
    "courses",
    "quizzes.apps.QuizzesConfig",
    "exchange",
    "webhooks.apps.WebhooksConfig",
    "profai.apps.ProfaiConfig",
]
MIDDLEWARE = [
    "telemetry.middleware.TelemetryMiddleware",
    "telemetry.http_metrics.HttpMetricsMiddleware",
    "common.rest.throttles.RateLimitHeadersMiddleware",
    # Before all that answer, so that static files and refusals have the headers too.
    "csp.middleware.CSPMiddleware",
    "common.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.middleware.StaticFilesMiddleware",
    "common.rest.spelling.EitherSpellingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "common.middleware.PageLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the CSRF check, which reads the body.
    "common.bodies.BodyLimitsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.profiles.ProfileMiddleware",
    "accounts.sessions.EndedSessionsMiddleware",
    "common.login_return.LoginReturnMiddleware",
    "accounts.audit.middleware.AuditMiddleware",
    "accounts.devices.RememberDeviceMiddleware",
    *SINGLE_SIGN_ON_MIDDLEWARE,  # noqa: F405 - of the settings above
    "profai.api.RefusalMiddleware",
    # The last one, because it replaces the response to a user who is locked out.
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "profai.urls"
WSGI_APPLICATION = "profai.server.wsgi.application"
ASGI_APPLICATION = "profai.server.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.appearance.appearance",
            ],
        },
    },
]

# Without DATABASE_URL, manage.py starts the embedded server and sets it before this is read.
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql:///profai")}
DATABASES["default"].update(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)
# Set in tests, to find transactions that lock rows in a wrong order (common/transactions.py).
CHECK_LOCK_ORDER = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "course-list"
LOGOUT_REDIRECT_URL = "login"

# json: a line an event for programs; console: for people. By default as the settings module is for.
LOG_FORMAT = format_of(os.environ)
LOGGING: dict[str, Any] = logging_config(
    line_format=LOG_FORMAT,
    level=env.get_value("LOG_LEVEL", log_level, "INFO"),
    levels=env.str("LOG_LEVELS", default=""),
)
# URL of a trace for staff, with {trace_id} in it.
TRACE_URL = env.str("TRACE_URL", default="")
# The share of read-only requests that are traced; all other requests are traced.
TRACE_READS = env.float("TRACE_READS", default=0.05)
# SQL statements that take less than this many milliseconds get no span.
TRACE_SQL_MS = env.float("TRACE_SQL_MS", default=10)

LANGUAGE_CODE = "en"
# The languages of learners' pages, by their own names; docs/languages.md says how to add one.
LANGUAGES = [("en", "English"), ("hi", "\u0939\u093f\u0928\u094d\u0926\u0940")]
LOCALE_PATHS = [BASE_DIR / "translations"]
LANGUAGE_COOKIE_NAME = "profai_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
TIME_ZONE = env.get_value("TIME_ZONE", time_zone, "UTC")
USE_TZ = True
# Formats that show the time zone.
FORMAT_MODULE_PATH = ["profai.formats"]

STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Larger uploads go straight to a temporary file; nothing holds a whole PDF in memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = env.int("UPLOAD_MAX_FILES", default=20)

_VERSION = "0.1.0"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # Because of the first, requests without a login get 401 and not 403.
        "accounts.authentication.PersonalTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.permissions.HasScope",
    ],
    "DEFAULT_SCHEMA_CLASS": "common.rest.schema.Described",
    "DEFAULT_PAGINATION_CLASS": "common.rest.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "common.rest.pagination.StrictOrdering",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.bodies.BoundedJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.rest.json_only.AlwaysFirst",
    "DEFAULT_THROTTLE_CLASSES": [
        "common.rest.throttles.UserThrottle",
        "common.rest.throttles.AnonymousThrottle",
        "common.rest.throttles.ScopeThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.get_value("API_RATE_USER", rate, "1200/min"),
        "anon": env.get_value("API_RATE_ANONYMOUS", rate, "60/min"),
        "upload": env.get_value("API_RATE_UPLOAD", rate, "120/hour"),
        "search": env.get_value("API_RATE_SEARCH", rate, "120/min"),
        "ask": env.get_value("API_RATE_ASK", rate, "30/min"),
        "webhook": env.get_value("API_RATE_WEBHOOK", rate, "30/min"),
    },
    # The number of our proxies, which name the client; with 0, X-Forwarded-For is ignored.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    # Other versions in a request would be repeated in a header of the OpenAPI document.
    "ALLOWED_VERSIONS": [_VERSION],
    "EXCEPTION_HANDLER": "profai.api.handle_error",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ProfAI",
    "DESCRIPTION": "Turns documents into reviewed courses and scored quizzes.",
    "VERSION": _VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.rest.schema.refuse_unknown_fields",
        "common.rest.schema.describe_errors",
        "common.rest.schema.type_ids",
        "profai.openapi.add_examples",
    ],
    "ENUM_NAME_OVERRIDES": {
        "JobStatusEnum": "jobs.models.JobStatus",
        "CourseStatusEnum": "courses.models.CourseStatus",
        "TopicStatusEnum": "courses.models.TopicStatus",
        "DocumentStatusEnum": "courses.models.DocumentStatus",
        "RevisionKindEnum": "courses.models.RevisionKind",
        "RevisionStateEnum": "courses.models.RevisionState",
        "DocumentFormatEnum": "courses.api.serializers.FORMATS",
        "StepStatusEnum": "jobs.models.StepStatus",
        "FormatEnum": "quizzes.api.serializers.FORMATS",
        "QuestionStatusEnum": "quizzes.models.QuestionStatus",
        "QuizStatusEnum": "quizzes.models.QuizStatus",
        "ScopeEnum": "accounts.models.Scope",
        "TokenStateEnum": "accounts.models.TokenState",
        "CourseJobKindEnum": "courses.api.serializers.JOB_KINDS",
        "WebhookEventEnum": "webhooks.models.Event",
        "WebhookMessageEnum": "webhooks.models.SENT",
        "DeliveryStatusEnum": "webhooks.models.DeliveryStatus",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Threads of each web process: for requests, and for requests with long bodies.
WEB_THREADS = env.int("WEB_THREADS", default=4)
WEB_UPLOAD_THREADS = env.int("WEB_UPLOAD_THREADS", default=4)
STREAMS_PER_USER = env.int("STREAMS_PER_USER", default=20)
STREAMS_PER_PROCESS = env.int("STREAMS_PER_PROCESS", default=500)
STREAM_SECONDS = env.float("STREAM_SECONDS", default=900)
STREAM_HEARTBEAT_SECONDS = env.float("STREAM_HEARTBEAT_SECONDS", default=15)
STREAM_RECHECK_SECONDS = env.float("STREAM_RECHECK_SECONDS", default=30)

Q_WORKERS = env.int("Q_WORKERS", default=2)
Q_CLUSTER = {
    "name": "profai",
    # Django-Q2's ORM broker reads the alias of the database from here; ours is built on it.
    "orm": "default",
    # Oldest first, one query a delivery, no race between clusters.
    "broker_class": "jobs.broker.Broker",
    # Processes of a cluster; each does one step at a time.
    "workers": Q_WORKERS,
    # A step renews its own lease; this is the last resort for one that hangs for good.
    "timeout": env.int("Q_TIMEOUT", default=3600),
    # Unused by our broker; above `timeout`, because Django-Q2 asks for it at its import.
    "retry": env.int("Q_TIMEOUT", default=3600) + 100,
    # The step's row has its result; maintenance repairs a failed delivery.
    "ack_failures": True,
    # Django-Q2 itself delivers nothing again.
    "max_attempts": 1,
    # Our own rows have the results; Django-Q2 keeps failures only.
    "save_limit": -1,
    # A worker is replaced after this many tasks, because native libraries leak memory.
    "recycle": env.int("Q_RECYCLE", default=200),
    # Seconds between two looks into an empty queue; NOTIFY wakes a worker much sooner.
    "poll": env.float("Q_POLL", default=5),
    # After a night without workers a missed schedule runs once only.
    "catch_up": False,
    "label": "Queue",
}
# A worker that uses more kilobytes than this after a step is replaced. Django-Q2's own max_rss
# would count the most that the process has ever used.
Q_MAX_RSS = env.int("Q_MAX_RSS_MB", default=450) * 1024
# Load language data once, before the workers are forked.
Q_PRELOAD = env.bool("Q_PRELOAD", default=True)
JOB_LEASE = timedelta(seconds=env.int("JOB_LEASE_SECONDS", default=20))
JOB_SWEEP = timedelta(seconds=env.float("JOB_SWEEP_SECONDS", default=5))
JOB_GRACE = timedelta(seconds=env.float("JOB_GRACE_SECONDS", default=8))
JOB_NICE = env.int("JOB_NICE", default=10)
JOB_STEP_ATTEMPTS = env.int("JOB_STEP_ATTEMPTS", default=3)
JOB_RETRY_PAUSES = [
    timedelta(seconds=seconds)
    for seconds in env.list("JOB_RETRY_PAUSES", cast=float, default=[5, 15, 60, 180, 300])
]
JOB_DATABASE_PATIENCE = timedelta(minutes=env.float("JOB_DATABASE_PATIENCE_MINUTES", default=10))
JOB_QUEUED_STEPS = env.int("JOB_QUEUED_STEPS", default=4)

# The URL of ProfAI for people; it begins the links in webhooks.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
WEBHOOK_ALLOW_HTTP = env.bool("WEBHOOK_ALLOW_HTTP", default=False)
WEBHOOK_ALLOWED_PORTS = env.list("WEBHOOK_ALLOWED_PORTS", cast=int, default=[])
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", cast=network, default=[])
# 30 s, 2 min, 10 min, 1 h, 6 h, 24 h
WEBHOOK_RETRY_PAUSES = [
    timedelta(seconds=seconds)
    for seconds in env.list(
        "WEBHOOK_RETRY_PAUSES", cast=float, default=[30, 120, 600, 3600, 21_600, 86_400]
    )
]
WEBHOOK_MAX_FAILURES = env.int("WEBHOOK_MAX_FAILURES", default=10)
# Web pages that courses are made of; public ones need neither.
WEB_PAGE_ALLOWED_PORTS = env.list("WEB_PAGE_ALLOWED_PORTS", cast=int, default=[])
WEB_PAGE_ALLOWED_NETWORKS = env.list("WEB_PAGE_ALLOWED_NETWORKS", cast=network, default=[])

# smtp://user:password@host:587/?tls=True; without it no mail is sent, and pages say so.
_MAIL = env.str("EMAIL_URL", default="")
# Links in mail need the address of this installation.
MAIL_CONFIGURED = bool(_MAIL and PUBLIC_URL)
if _MAIL:
    vars().update(env.email_url_config(_MAIL))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="profai@localhost")
PASSWORD_RESET_TIMEOUT = 3600
# Whether people can make an account for themselves.
SIGN_UP = env.bool("SIGN_UP", default=False)
SIGN_UPS_PER_HOUR = env.int("SIGN_UPS_PER_HOUR", default=200)

# How long old rows are kept; see `manage.py cleanup`.
CLEANUP_JOBS = timedelta(days=env.int("CLEANUP_JOBS_DAYS", default=90))
CLEANUP_FAILURES = timedelta(days=env.int("CLEANUP_FAILURES_DAYS", default=30))
CLEANUP_TOKENS = timedelta(days=env.int("CLEANUP_TOKENS_DAYS", default=90))
CLEANUP_DELIVERIES = timedelta(days=env.int("CLEANUP_DELIVERIES_DAYS", default=30))
CLEANUP_UPLOADS = timedelta(days=env.int("CLEANUP_UPLOADS_DAYS", default=1))
CLEANUP_PAGES = timedelta(days=env.int("CLEANUP_PAGES_DAYS", default=30))

CSRF_FAILURE_VIEW = "profai.errors.csrf_failure"
SENTRY_DSN = rotating("SENTRY_DSN")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", default="production")
# With this bearer token, /health/ready shows what is wrong.
HEALTH_TOKEN = rotating("HEALTH_TOKEN")
# Only with this bearer token can /metrics be read.
METRICS_TOKEN = rotating("METRICS_TOKEN")
METRICS_OPEN_ON_LOOPBACK = False
METRICS_DIR = VAR_DIR / "metrics"
# The port for metrics of a cluster of workers; 0: none.
METRICS_PORT = env.int("METRICS_PORT", default=0)
METRICS_HOST = env.str("METRICS_HOST", default="127.0.0.1")

VECTOR_STORE = env.str("VECTOR_STORE", default="chroma")
CHROMA_HOST = env.str("CHROMA_HOST", default="") or "127.0.0.1"
CHROMA_PORT = env.int("CHROMA_PORT", default=8787)
CHROMA_SSL = env.bool("CHROMA_SSL", default=False)
CHROMA_TENANT = env.str("CHROMA_TENANT", default="") or "default_tenant"
CHROMA_DATABASE = env.str("CHROMA_DATABASE", default="") or "default_database"
if not env.str("CHROMA_HOST", default=""):
    # The supervisor starts a server. It may have another port than the one that is set, and only
    # this installation's server has a database with this name.
    CHROMA_PORT = running_addresses(VAR_DIR).get("chroma_port", CHROMA_PORT)
    if not env.str("CHROMA_DATABASE", default=""):
        CHROMA_DATABASE = lazy(lambda: f"profai-{installation_id(VAR_DIR)}", str)()
CHROMA_API_KEY = rotating("CHROMA_API_KEY")
# Of the server that `make run` starts; each takes 3 MB of memory.
CHROMA_OPEN_INDEXES = env.int("CHROMA_OPEN_INDEXES", default=OPEN_INDEXES)

UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MB", default=200) * 1024 * 1024
DIRECT_UPLOAD_SECONDS = env.int("DIRECT_UPLOAD_SECONDS", default=900)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_MB", default=2000) * 1024 * 1024
UPLOAD_MAX_PAGES = env.int("UPLOAD_MAX_PAGES", default=3000)
# Views that accept bodies above DATA_UPLOAD_MAX_MEMORY_SIZE, with the limit in bytes (of a whole
# form) and the permission that is needed. It is the one that the view itself checks later.
_ALL_FILES = UPLOAD_MAX_BYTES * DATA_UPLOAD_MAX_NUMBER_FILES
UPLOAD_FORM_MAX_BYTES = (
    env.int("UPLOAD_FORM_MAX_MB", default=_ALL_FILES // (1024 * 1024)) * 1024 * 1024
)
_UPLOADS = min(_ALL_FILES, UPLOAD_FORM_MAX_BYTES) + 1024 * 1024
_IMPORT = min(IMPORT_MAX_BYTES, UPLOAD_FORM_MAX_BYTES) + 1024 * 1024
LONG_BODIES = {
    "api-course-list": (_UPLOADS, "courses.add_course"),
    "upload-pdfs": (_UPLOADS, "courses.add_course"),
    "admin:courses_course_add": (_UPLOADS, "courses.add_course"),
    "admin:exchange_importrun_add": (_IMPORT, "exchange.import_data"),
}
MODULE_QUIZ_SIZE = env.int("MODULE_QUIZ_SIZE", default=12)
COURSE_QUIZ_SIZE = env.int("COURSE_QUIZ_SIZE", default=15)
# Shares of easy, medium and hard questions, for a language model to keep to.
QUIZ_MIX = env.json("QUIZ_MIX", default={"easy": 0.4, "medium": 0.4, "hard": 0.2})

# The file of a model that the supervisor of `make run` serves. It takes a provider's place.
LOCAL_MODEL = env.str("LOCAL_MODEL", default="").strip()
LOCAL_MODEL_CONTEXT = env.int("LOCAL_MODEL_CONTEXT", default=WINDOW)
LOCAL_MODEL_PORT = running_addresses(VAR_DIR).get(
    "model_port", env.int("LOCAL_MODEL_PORT", default=8397)
)
# In Compose another container serves it; elsewhere it is on this machine.
LOCAL_MODEL_HOST = env.str("LOCAL_MODEL_HOST", default="127.0.0.1")
# By the window of a local model; providers' models have room for more.
_BUDGETS = budgets(LOCAL_MODEL_CONTEXT) if LOCAL_MODEL else PROVIDER_BUDGETS

LLM_PROVIDER = env.str("LLM_PROVIDER", default="openai").strip().lower()
LLM_BASE_URL = env.str("LLM_BASE_URL", default="").strip().rstrip("/")
# A provider's own variable serves as well, so that one `.env` can hold several keys.
_LLM_KEYS = ("LLM_API_KEY", *key_variables(LLM_PROVIDER))
LLM_API_KEY = rotating(*_LLM_KEYS)
# Keys of providers that are not used now must be hidden in logs too.
LLM_PROVIDER_KEYS = [rotating(*key_variables(name)) for name in PROVIDERS]
# Sent with every call: fields of the body for providers that want some, and headers.
LLM_EXTRA_BODY = env.json("LLM_EXTRA_BODY", default={})
LLM_EXTRA_HEADERS = env.json("LLM_EXTRA_HEADERS", default={})
LLM_MODEL = env.str("LLM_MODEL", default="").strip()
LLM_MODEL_OUTLINE = env.str("LLM_MODEL_OUTLINE", default="")
LLM_MODEL_TOPIC = env.str("LLM_MODEL_TOPIC", default="")
LLM_MODEL_QUIZ = env.str("LLM_MODEL_QUIZ", default="")
# Checks the questions that the other wrote; empty: the same model, with a prompt of its own.
LLM_MODEL_CRITIC = env.str("LLM_MODEL_CRITIC", default="")
# Answers learners who ask a course; empty: the model that writes lessons.
LLM_MODEL_ASK = env.str("LLM_MODEL_ASK", default="")
# Seconds that a learner waits for a written answer, and answers for one person in a day; with 0
# the course answers with sentences of its documents only.
LLM_ASK_SECONDS = env.float("LLM_ASK_SECONDS", default=20)
LLM_ASK_DAILY = env.int("LLM_ASK_DAILY", default=50)
# Short answers of one learner in a day that the model reads where they are not on the question's
# list. With 0 no answer of a learner leaves the installation, which a school has to decide on.
LLM_GRADE_DAILY = env.int("LLM_GRADE_DAILY", default=0)
LLM_STRUCTURED = env.str("LLM_STRUCTURED", default="auto")
LLM_CONCURRENCY = env.int("LLM_CONCURRENCY", default=Q_WORKERS if LOCAL_MODEL else 8)
LLM_REQUESTS_PER_MINUTE = env.int("LLM_REQUESTS_PER_MINUTE", default=0)
LLM_TIMEOUT = env.float("LLM_TIMEOUT", default=1800 if LOCAL_MODEL else 120)
LLM_TRIES = env.int("LLM_TRIES", default=2 if LOCAL_MODEL else 5)
LLM_ASKS = env.int("LLM_ASKS", default=3)
LLM_PATIENCE = env.float("LLM_PATIENCE", default=600)
LLM_TEMPERATURE = env.float("LLM_TEMPERATURE") if env.str("LLM_TEMPERATURE", "") else None
LLM_MAX_OUTPUT_TOKENS = env.int("LLM_MAX_OUTPUT_TOKENS", default=_BUDGETS.answer)
LLM_OUTLINE_TOKENS = env.int("LLM_OUTLINE_TOKENS", default=_BUDGETS.outline)
LLM_TOPIC_TOKENS = env.int("LLM_TOPIC_TOKENS", default=_BUDGETS.topic)
LLM_PRICES = env.json("LLM_PRICES", default={})
LLM_JOB_BUDGET = env.float("LLM_JOB_BUDGET", default=0)
LLM_JOB_TOKENS = env.int("LLM_JOB_TOKENS", default=0)
LLM_FALLBACK = env.str("LLM_FALLBACK", default="stop")
if LOCAL_MODEL:
    LLM_PROVIDER, LLM_BASE_URL = "local", f"http://{LOCAL_MODEL_HOST}:{LOCAL_MODEL_PORT}/v1"
    LLM_API_KEY = (
        rotating("MODEL_SERVER_KEY")
        if env.str("MODEL_SERVER_KEY", default="")
        else stored_secret_key(VAR_DIR / "model_server_key")
    )
    LLM_MODEL = model_name(LOCAL_MODEL)
    LLM_MODEL_OUTLINE = LLM_MODEL_TOPIC = LLM_MODEL_QUIZ = LLM_MODEL_CRITIC = LLM_MODEL_ASK = ""
    LLM_EXTRA_BODY, LLM_EXTRA_HEADERS = {}, {}

EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="")
EMBEDDING_BASE_URL = env.str("EMBEDDING_BASE_URL", default="") or LLM_BASE_URL
EMBEDDING_API_KEY = rotating("EMBEDDING_API_KEY", *_LLM_KEYS)

# If a model is set, it is used.
COURSE_ENGINE = env.str("COURSE_ENGINE", default="llm" if LLM_MODEL else "extractive")
