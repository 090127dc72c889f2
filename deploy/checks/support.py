"""Until when EKS supports a version of Kubernetes without more money (its calendar of 2026-11)."""

from __future__ import annotations

from datetime import date, timedelta

STANDARD_SUPPORT_ENDS = {
    "1.34": date(2026, 12, 2),
    "1.35": date(2027, 3, 27),
    "1.36": date(2027, 8, 2),
}
# An upgrade takes a week in staging and a window in production.
NOTICE = timedelta(days=60)


def support_problem(version: str, today: date) -> str:
    """Returns "" while the version has more than two months of standard support before it."""
    end = STANDARD_SUPPORT_ENDS.get(version)
    if end is None:
        return f"Nobody wrote down until when EKS supports {version}: see its calendar."
    if end - today <= NOTICE:
        return (
            f"Standard support of Kubernetes {version} ends on {end}; afterwards a cluster costs "
            "six times as much. docs/deployment.md says how it is upgraded."
        )
    return ""
