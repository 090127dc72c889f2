"""The same task for Celery, in the environment of requirements/bench.txt.

`celery_app.py send COUNT PATH` queues it; `celery -A benchmarks.engine.celery_app worker`
works on it. REDIS_URL names the server.
"""

from __future__ import annotations

import os
import sys

from celery import Celery

from benchmarks.engine.handlers import note

NAME = "note"
app = Celery("bench", broker=os.environ["REDIS_URL"])


app.task(name=NAME)(note)


if __name__ == "__main__":
    _, _, tasks, target = sys.argv
    for task in range(int(tasks)):
        app.send_task(NAME, (task, target))
