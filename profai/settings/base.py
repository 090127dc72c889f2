"""Settings that hold in every environment; dev, test and production build on them."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from profai.environment import BASE_DIR, env, rotating, var_dir
from profai.settings.security import *  # noqa: F403 - one topic of these settings
from telemetry.logs import format_of, logging_config

VAR_DIR = var_dir()

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    # Before Django-Q2: its command `qcluster` is replaced by ours.
    "jobs.apps.JobsConfig",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "rest_framework",
    "accounts.apps.FailedLoginsConfig",
    "accounts.apps.AccountsConfig",
    "courses.apps.CoursesConfig",
    "quizzes.apps.QuizzesConfig",
    "webhooks.apps.WebhooksConfig",
    "profai.apps.ProfaiConfig",
]
MIDDLEWARE = [
    "telemetry.middleware.Telemetry",
    "telemetry.requests.CountRequests",
    "rest.throttles.RateLimitHeaders",
    # Outside of all that answers: static files and refusals get their headers too.
    "csp.middleware.CSPMiddleware",
    "rest.headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "rest.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the check of forms' tokens, which reads the body.
    "rest.bodies.BodyLimits",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.sessions.EndedSessions",
    "accounts.auditing.Auditing",
    "accounts.devices.RememberDevice",
    # The last: it replaces the answer to somebody who is locked out.
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "profai.urls"
WSGI_APPLICATION = "profai.wsgi.application"
ASGI_APPLICATION = "profai.asgi.application"
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
            ],
        },
    },
]

# Whoever starts a process without DATABASE_URL starts the embedded server and sets it first.
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql:///profai")}
DATABASES["default"].update(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "course-list"
LOGOUT_REDIRECT_URL = "login"

# json: a line an event for programs; console: for people. By default as the settings module is for.
LOG_FORMAT = format_of(os.environ)
LOGGING: dict[str, Any] = logging_config(
    line_format=LOG_FORMAT,
    level=env.str("LOG_LEVEL", default="INFO"),
    levels=env.str("LOG_LEVELS", default=""),
)
# Where staff look at a trace: an address with {trace_id} in it.
TRACE_URL = env.str("TRACE_URL", default="")
# Of requests that only read, so many are traced; all others are.
TRACE_READS = env.float("TRACE_READS", default=0.05)
# Statements that took less than so many milliseconds have no span.
TRACE_SQL_MS = env.float("TRACE_SQL_MS", default=10)

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True

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
        # The first decides that nobody in particular is answered 401 rather than 403.
        "accounts.authentication.PersonalTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.permissions.HasScope",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest.lists.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest.lists.StrictOrdering",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest.bodies.BoundedJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rest.negotiation.AlwaysFirst",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest.throttles.UserThrottle",
        "rest.throttles.AnonymousThrottle",
        "rest.throttles.ScopeThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.str("API_RATE_USER", default="1200/min"),
        "anon": env.str("API_RATE_ANONYMOUS", default="60/min"),
        "upload": env.str("API_RATE_UPLOAD", default="120/hour"),
        "search": env.str("API_RATE_SEARCH", default="120/min"),
        "webhook": env.str("API_RATE_WEBHOOK", default="30/min"),
    },
    # How many proxies stand before us and name the client; without one nobody's word counts.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    # What else somebody asks for would stand in a header of the API's document.
    "ALLOWED_VERSIONS": [_VERSION],
    "EXCEPTION_HANDLER": "profai.api.handle_error",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ProfAI",
    "DESCRIPTION": "Turns PDFs into reviewed courses and scored quizzes.",
    "VERSION": _VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "rest.schema.describe_errors",
        "rest.schema.type_ids",
        "profai.openapi.add_examples",
    ],
    "ENUM_NAME_OVERRIDES": {
        "JobStatusEnum": "jobs.models.JobStatus",
        "CourseStatusEnum": "courses.models.CourseStatus",
        "TopicStatusEnum": "courses.models.TopicStatus",
        "DocumentStatusEnum": "courses.models.DocumentStatus",
        "StepStatusEnum": "jobs.models.StepStatus",
        "QuestionStatusEnum": "quizzes.models.QuestionStatus",
        "QuizStatusEnum": "quizzes.models.QuizStatus",
        "ScopeEnum": "accounts.models.Scope",
        "TokenStateEnum": "accounts.models.TokenState",
        "WebhookEventEnum": "webhooks.models.Event",
        "WebhookMessageEnum": "webhooks.models.SENT",
        "DeliveryStatusEnum": "webhooks.models.DeliveryStatus",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Of each web process: for requests, and for those that bring long bodies.
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
    # A step's end state stands in its own row; a failed delivery is the sweep's to repair.
    "ack_failures": True,
    # Nothing is delivered again by Django-Q2 itself.
    "max_attempts": 1,
    # Results are kept in our rows; of Django-Q2's own only failures are written.
    "save_limit": -1,
    # A fresh process after so many tasks gives back what native libraries leaked.
    "recycle": env.int("Q_RECYCLE", default=200),
    # A worker that has grown to this many kilobytes ends after its step.
    "max_rss": env.int("Q_MAX_RSS_MB", default=1024) * 1024,
    # Seconds between two looks into an empty queue; NOTIFY wakes a worker much sooner.
    "poll": env.float("Q_POLL", default=5),
    # After a night without workers a schedule runs once, not as often as it was missed.
    "catch_up": False,
    "label": "Queue",
}
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

# The address under which people reach ProfAI; before links in what is sent out.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
WEBHOOK_ALLOW_HTTP = env.bool("WEBHOOK_ALLOW_HTTP", default=False)
WEBHOOK_ALLOWED_PORTS = env.list("WEBHOOK_ALLOWED_PORTS", cast=int, default=[])
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])
# 30 s, 2 min, 10 min, 1 h, 6 h, 24 h
WEBHOOK_RETRY_PAUSES = [
    timedelta(seconds=seconds)
    for seconds in env.list(
        "WEBHOOK_RETRY_PAUSES", cast=float, default=[30, 120, 600, 3600, 21_600, 86_400]
    )
]
WEBHOOK_MAX_FAILURES = env.int("WEBHOOK_MAX_FAILURES", default=10)

# How long what has ended is kept; see `manage.py cleanup`.
CLEANUP_JOBS = timedelta(days=env.int("CLEANUP_JOBS_DAYS", default=90))
CLEANUP_FAILURES = timedelta(days=env.int("CLEANUP_FAILURES_DAYS", default=30))
CLEANUP_TOKENS = timedelta(days=env.int("CLEANUP_TOKENS_DAYS", default=90))
CLEANUP_DELIVERIES = timedelta(days=env.int("CLEANUP_DELIVERIES_DAYS", default=30))
CLEANUP_UPLOADS = timedelta(days=env.int("CLEANUP_UPLOADS_DAYS", default=1))

CSRF_FAILURE_VIEW = "profai.errors.csrf_failure"
SENTRY_DSN = rotating("SENTRY_DSN")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", default="production")
# Who sends it as a bearer token to /health/ready is told what is wrong.
HEALTH_TOKEN = rotating("HEALTH_TOKEN")
# Who sends it as a bearer token may read /metrics, and nobody else.
METRICS_TOKEN = rotating("METRICS_TOKEN")
METRICS_OPEN_ON_LOOPBACK = False
METRICS_DIR = VAR_DIR / "metrics"
# Where a cluster of workers answers for its machine; 0: nowhere.
METRICS_PORT = env.int("METRICS_PORT", default=0)
METRICS_HOST = env.str("METRICS_HOST", default="127.0.0.1")

CHROMA_HOST = env.str("CHROMA_HOST", default="127.0.0.1")
CHROMA_PORT = env.int("CHROMA_PORT", default=8787)
CHROMA_SSL = env.bool("CHROMA_SSL", default=False)
CHROMA_TENANT = env.str("CHROMA_TENANT", default="default_tenant")
CHROMA_DATABASE = env.str("CHROMA_DATABASE", default="default_database")
CHROMA_API_KEY = rotating("CHROMA_API_KEY")

UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MB", default=200) * 1024 * 1024
DIRECT_UPLOAD_SECONDS = env.int("DIRECT_UPLOAD_SECONDS", default=900)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_MB", default=2000) * 1024 * 1024
UPLOAD_MAX_PAGES = env.int("UPLOAD_MAX_PAGES", default=3000)
# Where bodies beyond DATA_UPLOAD_MAX_MEMORY_SIZE are taken, how many bytes (whole forms), and what
# right it takes to send them: that which the view asks for, once it has been read.
_UPLOADS = UPLOAD_MAX_BYTES * DATA_UPLOAD_MAX_NUMBER_FILES + 1024 * 1024
LONG_BODIES = {
    "api-course-list": (_UPLOADS, "courses.add_course"),
    "upload-pdfs": (_UPLOADS, "courses.add_course"),
    "admin:courses_course_add": (_UPLOADS, "courses.add_course"),
    "admin:courses_importrun_add": (IMPORT_MAX_BYTES + 1024 * 1024, "courses.import_data"),
}
MODULE_QUIZ_SIZE = env.int("MODULE_QUIZ_SIZE", default=20)
COURSE_QUIZ_SIZE = env.int("COURSE_QUIZ_SIZE", default=40)
# Shares of easy, medium and hard questions, for a language model to keep to.
QUIZ_MIX = env.json("QUIZ_MIX", default={"easy": 0.4, "medium": 0.4, "hard": 0.2})

LLM_PROVIDER = env.str("LLM_PROVIDER", default="openai")
LLM_BASE_URL = env.str("LLM_BASE_URL", default="").rstrip("/")
# A provider's own variable serves as well, so that one `.env` can hold several keys.
_LLM_KEYS = ("LLM_API_KEY", f"{LLM_PROVIDER.upper()}_API_KEY")
LLM_API_KEY = rotating(*_LLM_KEYS)
LLM_MODEL = env.str("LLM_MODEL", default="")
LLM_MODEL_OUTLINE = env.str("LLM_MODEL_OUTLINE", default="")
LLM_MODEL_TOPIC = env.str("LLM_MODEL_TOPIC", default="")
LLM_MODEL_QUIZ = env.str("LLM_MODEL_QUIZ", default="")
LLM_STRUCTURED = env.str("LLM_STRUCTURED", default="auto")
LLM_CONCURRENCY = env.int("LLM_CONCURRENCY", default=8)
LLM_REQUESTS_PER_MINUTE = env.int("LLM_REQUESTS_PER_MINUTE", default=0)
LLM_TIMEOUT = env.float("LLM_TIMEOUT", default=120)
LLM_TRIES = env.int("LLM_TRIES", default=5)
LLM_ASKS = env.int("LLM_ASKS", default=3)
LLM_PATIENCE = env.float("LLM_PATIENCE", default=600)
LLM_TEMPERATURE = env.float("LLM_TEMPERATURE") if env.str("LLM_TEMPERATURE", "") else None
LLM_MAX_OUTPUT_TOKENS = env.int("LLM_MAX_OUTPUT_TOKENS", default=6000)
LLM_OUTLINE_TOKENS = env.int("LLM_OUTLINE_TOKENS", default=24_000)
LLM_TOPIC_TOKENS = env.int("LLM_TOPIC_TOKENS", default=6000)
LLM_PRICES = env.json("LLM_PRICES", default={})
LLM_JOB_BUDGET = env.float("LLM_JOB_BUDGET", default=0)
LLM_JOB_TOKENS = env.int("LLM_JOB_TOKENS", default=0)
LLM_FALLBACK = env.str("LLM_FALLBACK", default="stop")

EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="")
EMBEDDING_BASE_URL = env.str("EMBEDDING_BASE_URL", default="") or LLM_BASE_URL
EMBEDDING_API_KEY = rotating("EMBEDDING_API_KEY", *_LLM_KEYS)

# A model that is named is there to be used.
COURSE_ENGINE = env.str("COURSE_ENGINE", default="llm" if LLM_MODEL else "extractive")
