"""Signals of the job engine, for apps that it does not import."""

from __future__ import annotations

from django.dispatch import Signal

# (job): it has just become completed, failed or cancelled. Sent in the transaction that ends it,
# under the job's lock.
job_ended = Signal()

# (): a cluster of workers starts; receivers show their metrics at 0.
series_begin = Signal()
