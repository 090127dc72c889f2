"""How well a quotation carries what is said with it, in a reviewer's words."""

from __future__ import annotations

# Below this share of its words found in the passage, a statement deserves a look.
WEAK_SUPPORT = 0.5


def support_kind(support: float) -> str:
    return "weak" if support < WEAK_SUPPORT else "strong"
