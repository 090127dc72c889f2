"""Gunicorn in a container: every value that depends on the size comes from the environment."""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
# The pages of code are shared between processes, and an error shows before the first request.
preload_app = True
# Workers prove that they live by touching a file; memory never blocks.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a folder of this container alone
control_socket_disable = True
# An upload of 200 MB over a slow line keeps a thread, not the process, busy.
timeout = 60
# Less than the pod's grace period less the pause before SIGTERM.
graceful_timeout = 30
# Longer than the load balancer keeps an idle connection (60 s), or it answers 502 at times.
keepalive = 75
max_requests = 5000
max_requests_jitter = 500
accesslog = "-"
errorlog = "-"
