"""What others may want to know of jobs, without the job engine knowing them."""

from __future__ import annotations

from django.dispatch import Signal

# (job): it has just become completed, failed or cancelled. Sent in the transaction that ends it,
# under the job's lock.
job_ended = Signal()

# (): a cluster of workers starts, and shows the series in which nothing was counted yet.
series_begin = Signal()
