"""ProfAI's settings with a queue of its own, named by BENCH_QUEUE: clusters can stand side by side
and each takes only the jobs that are meant for it."""

from __future__ import annotations

import os

from profai.settings.test import *  # noqa: F403 - all of them
from profai.settings.test import Q_CLUSTER

Q_CLUSTER = Q_CLUSTER | {"cluster_name": os.environ.get("BENCH_QUEUE", Q_CLUSTER["name"])}
