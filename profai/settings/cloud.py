"""What production settings say about database, bucket and logs, from the environment."""

from __future__ import annotations

from typing import Any

from profai.environment import env

# The certificate authorities of Debian, which is what the image is made of.
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
MEGABYTE = 1024 * 1024


def database() -> dict[str, Any]:
    """DATABASE_URL over TLS with the server's name checked, unless DATABASE_SSLMODE says less.

    DATABASE_POOLED: there is a pooler in transaction mode before it, such as Neon's.
    """
    found: dict[str, Any] = env.db_url("DATABASE_URL")
    pooled = env.bool("DATABASE_POOLED", default=False)
    found.update(
        ENGINE="profai.postgresql",
        CONN_MAX_AGE=env.int("DATABASE_CONN_MAX_AGE", default=600),
        CONN_HEALTH_CHECKS=True,
        DISABLE_SERVER_SIDE_CURSORS=pooled,
        OPTIONS=_tls() | _keepalive() | found.get("OPTIONS", {}),
    )
    return found


def _tls() -> dict[str, str]:
    mode = env.str("DATABASE_SSLMODE", default="verify-full")
    if not mode.startswith("verify"):
        return {"sslmode": mode}
    authorities = env.str("DATABASE_SSLROOTCERT", default=SYSTEM_AUTHORITIES)
    return {"sslmode": mode, "sslrootcert": authorities}


def _keepalive() -> dict[str, int]:
    """A server that vanished without a word (a failover) is noticed within half a minute."""
    return {
        "connect_timeout": 10,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,  # milliseconds
    }


def s3_storage(bucket: str) -> dict[str, Any]:
    """Private objects, encrypted by the bucket's owner's choice, read by signed addresses."""
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "region_name": env.str("AWS_REGION", default=None),
            "location": env.str("AWS_STORAGE_PREFIX", default=""),
            # The bucket refuses access lists; what is in it is its owner's and private.
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
            "querystring_expire": env.int("AWS_QUERYSTRING_SECONDS", default=300),
            "signature_version": "s3v4",
            "object_parameters": _encryption(),
            # By default a whole file would be read into memory.
            "max_memory_size": MEGABYTE,
        },
    }


def bucket_origins(bucket: str) -> list[str]:
    """The hosts that addresses of the bucket's objects can have, as browsers name them."""
    if endpoint := env.str("AWS_ENDPOINT_URL_S3", env.str("AWS_ENDPOINT_URL", "")):
        return [endpoint.rstrip("/")]
    hosts = ["s3.amazonaws.com"]
    if region := env.str("AWS_REGION", default=""):
        hosts.append(f"s3.{region}.amazonaws.com")
    return [f"https://{bucket}.{host}" for host in hosts]


def _encryption() -> dict[str, str]:
    method = env.str("AWS_STORAGE_ENCRYPTION", default="AES256")
    key = env.str("AWS_STORAGE_KMS_KEY", default="")
    return {"ServerSideEncryption": method} | ({"SSEKMSKeyId": key} if key else {})


def log_handler(group: str) -> dict[str, Any]:
    """Straight to CloudWatch Logs, where nothing collects what is printed; then nothing is.

    The group must be there (deploy/aws/watch.yaml): how long it is kept is said in one place.
    """
    return {
        "class": "telemetry.cloudwatch.CloudWatchHandler",
        "formatter": "line",
        "filters": ["rarely"],
        "group": group,
        "region": env.str("AWS_REGION", default=None),
    }
