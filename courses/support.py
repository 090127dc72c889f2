"""How well a quotation carries what is said with it, in a reviewer's words."""

from __future__ import annotations

# Below this a statement deserves a look. Sentences that were reworded from their own passage
# score above it, sentences of the next passage below; tests/generation/test_support.py has both.
WEAK_SUPPORT = 0.5


def support_kind(support: float) -> str:
    return "weak" if support < WEAK_SUPPORT else "strong"
