"""The image's health check: asks the web server as its load balancer would."""

import http.client
import os
import sys

host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".*") or "localhost"
connection = http.client.HTTPConnection(
    "127.0.0.1", int(os.environ.get("UVICORN_PORT", "8000")), timeout=3
)
try:
    connection.request("GET", "/health/live", headers={"Host": host})
    status = connection.getresponse().status
except OSError as error:
    sys.exit(f"The web server does not answer: {error}")
if status != http.client.OK:
    sys.exit(f"The web server answered {status}.")
