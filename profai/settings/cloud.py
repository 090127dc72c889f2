"""Production settings of the database, the bucket and the logs, from the environment."""

from __future__ import annotations

from typing import Any

from profai.environment import env

# Certificate authorities of Debian, on which the image is based.
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
MEGABYTE = 1024 * 1024
# It is noticed within half a minute that a database server is gone (a failover).
KEEPALIVE = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


def database() -> dict[str, Any]:
    """Returns the database of DATABASE_URL, over TLS that checks the server's name unless
    DATABASE_SSLMODE is weaker.

    DATABASE_POOLED says that it is reached through a pooler in transaction mode, such as Neon's.
    """
    found: dict[str, Any] = env.db_url("DATABASE_URL")
    pooled = env.bool("DATABASE_POOLED", default=False)
    found.update(
        ENGINE="profai.postgresql",
        CONN_MAX_AGE=env.int("DATABASE_CONN_MAX_AGE", default=600),
        CONN_HEALTH_CHECKS=True,
        DISABLE_SERVER_SIDE_CURSORS=pooled,
        OPTIONS=_tls() | KEEPALIVE | found.get("OPTIONS", {}),
    )
    return found


def _tls() -> dict[str, str]:
    mode = env.str("DATABASE_SSLMODE", default="verify-full")
    if not mode.startswith("verify"):
        return {"sslmode": mode}
    authorities = env.str("DATABASE_SSLROOTCERT", default=SYSTEM_AUTHORITIES)
    return {"sslmode": mode, "sslrootcert": authorities}


def s3_storage(bucket: str) -> dict[str, Any]:
    """Returns a storage of private, encrypted objects in a bucket, read by signed URLs."""
    from botocore.config import Config  # only with a bucket

    key = env.str("AWS_STORAGE_KMS_KEY", default="")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "region_name": env.str("AWS_REGION", default=None),
            "location": env.str("AWS_STORAGE_PREFIX", default=""),
            # The bucket refuses access lists; its objects are private.
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
            "querystring_expire": env.int("AWS_QUERYSTRING_SECONDS", default=300),
            "signature_version": "s3v4",
            "object_parameters": {
                "ServerSideEncryption": env.str("AWS_STORAGE_ENCRYPTION", default="AES256")
            }
            | ({"SSEKMSKeyId": key} if key else {}),
            # By default a whole file would be read into memory.
            "max_memory_size": MEGABYTE,
            # Limits for a bucket that hangs, twice at most; boto's own limits are a minute, five
            # times.
            "client_config": Config(
                connect_timeout=3,
                read_timeout=10,
                retries={"mode": "standard", "total_max_attempts": 2},
                signature_version="s3v4",
            ),
        },
    }


def bucket_origins(bucket: str) -> list[str]:
    """Returns the origins of the bucket's URLs, for the Content-Security-Policy."""
    if endpoint := env.str("AWS_ENDPOINT_URL_S3", env.str("AWS_ENDPOINT_URL", "")):
        return [endpoint.rstrip("/")]
    hosts = ["s3.amazonaws.com"]
    if region := env.str("AWS_REGION", default=""):
        hosts.append(f"s3.{region}.amazonaws.com")
    return [f"https://{bucket}.{host}" for host in hosts]


def log_handler(group: str) -> dict[str, Any]:
    """Returns a handler for CloudWatch Logs, for machines where nothing collects output.

    The group must exist already: deploy/aws/watch.yaml sets how long its lines are kept.
    """
    return {
        "class": "telemetry.cloudwatch.CloudWatchHandler",
        "formatter": "line",
        "filters": ["rarely"],
        "group": group,
        "region": env.str("AWS_REGION", default=None),
    }
