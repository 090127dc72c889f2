"""Settings behind a load balancer that ends TLS. A variable that is missing is an error."""

from __future__ import annotations

from profai.environment import env
from profai.settings.base import *  # noqa: F403 - settings modules are layered this way in Django
from profai.settings.base import CONTENT_SECURITY_POLICY, LOGGING, STORAGES
from profai.settings.cloud import bucket_origins, database, log_handler, s3_storage

# Only on machines that others cannot reach: error pages show source code and settings.
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
# Keys from before a rotation: sessions and links that they signed remain valid.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# A kubelet and a load balancer use the pod's address for health checks.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS"), *env.list("POD_IP", default=[])]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATABASES = {"default": database()}

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
# Browsers accept these names only from this host over TLS, so other hosts cannot set them.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
DEVICE_COOKIE_NAME = "__Host-profai_device"

STORAGES["staticfiles"] = {
    "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
}
if bucket := env.str("AWS_STORAGE_BUCKET_NAME", default=""):
    STORAGES["default"] = s3_storage(bucket)
    # Where a page may send files by signed URLs.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"] += bucket_origins(bucket)
if group := env.str("CLOUDWATCH_LOG_GROUP", default=""):
    LOGGING["handlers"]["console"] = log_handler(group)
