"""Sends log lines to CloudWatch Logs with watchtower, for machines without a collector."""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from watchtower import CloudWatchLogHandler, WatchtowerWarning

MAX_WAITING_LINES: Final = 5000  # further lines are dropped
LIMITS: Final = Config(
    connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"}
)


class CloudWatchHandler(CloudWatchLogHandler):
    """Puts each line into a queue, which a thread of the process sends. A forked child has a
    queue, a thread, a stream and connections of its own.

    If CloudWatch does not answer or is too slow, lines are lost. One warning on standard error
    says so, and no other until it answers again.
    """

    FLUSH_TIMEOUT = 3  # seconds; at the end of a process twice

    def __init__(self, group: str, region: str | None) -> None:
        self._region = region
        self._dropped = 0
        self._sending = threading.local()
        super().__init__(
            log_group_name=group,
            log_stream_name="{machine_name}/{process_id}",
            create_log_group=False,
            send_interval=2,
            # The client is made by the thread that sends.
            boto3_client=object(),
        )
        self.cwl_client: Any = None

    def _init_state(self) -> None:
        """Runs after a fork too, because two processes cannot share a connection."""
        super()._init_state()  # type: ignore[no-untyped-call] # untyped
        self.cwl_client = None
        self._dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        # Sending logs lines too; to send these would never end.
        if getattr(self._sending, "now", False):
            return
        queue = self.queues.get(self._get_stream_name(record))  # type: ignore[no-untyped-call] # untyped
        if queue is not None and queue.qsize() >= MAX_WAITING_LINES:
            self._drop(1, "more lines come than it takes")
            return
        super().emit(record)  # type: ignore[no-untyped-call] # untyped

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base's name
        """Drops the line. Python's own message would show all arguments of the line."""
        self._drop(1, f"a line of {record.name} cannot be written")

    def close(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WatchtowerWarning)
            super().close()  # type: ignore[no-untyped-call] # untyped
        left = sum(queue.qsize() for queue in self.queues.values())
        if left:
            self._drop(left, "the process ends")

    def _dequeue_batch(self, *arguments: Any) -> None:
        self._sending.now = True
        super()._dequeue_batch(*arguments)  # type: ignore[no-untyped-call] # untyped

    def _submit_batch(self, batch: list[Any], log_stream_name: str, max_retries: int = 2) -> None:  # noqa: ARG002 - the base's signature
        if not batch:
            return
        try:
            self._send(sorted(batch, key=lambda one: one["timestamp"]), log_stream_name)
        except (BotoCoreError, ClientError) as error:
            self._drop(len(batch), type(error).__name__)
        else:
            self._dropped = 0

    def _send(self, batch: list[Any], stream: str) -> None:
        if self.cwl_client is None:
            session = boto3.session.Session()
            self.cwl_client = session.client("logs", region_name=self._region, config=LIMITS)
        client = self.cwl_client
        names = {"logGroupName": self.log_group_name, "logStreamName": stream}
        try:
            client.put_log_events(**names, logEvents=batch)
        except client.exceptions.ResourceNotFoundException:
            self._idempotent_call("create_log_stream", **names)  # type: ignore[no-untyped-call] # untyped
            client.put_log_events(**names, logEvents=batch)

    def _drop(self, lines: int, reason: str) -> None:
        if not self._dropped:
            sys.stderr.write(
                f"Lines for CloudWatch group {self.log_group_name} are lost in process "
                f"{os.getpid()}: {reason}. This is said once until it works again.\n"
            )
        self._dropped += lines
