"""What others may want to know of quizzes."""

from __future__ import annotations

from django.dispatch import Signal

# (attempt): it has just been scored. Sent in the transaction that does it.
attempt_submitted = Signal()
# (question, regrade, regraded): attempts were graded by its corrected right answer, or staff chose
# that they are not. Sent in the transaction that does it.
question_regraded = Signal()
