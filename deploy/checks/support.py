"""Says how long EKS supports a version of Kubernetes at the standard price (by AWS's calendar of
November 2026)."""

from __future__ import annotations

from datetime import date, timedelta

STANDARD_SUPPORT_ENDS = {
    "1.34": date(2026, 12, 2),
    "1.35": date(2027, 3, 27),
    "1.36": date(2027, 8, 2),
}
# Time to try an upgrade in staging for a week and to find an hour for it in production.
NOTICE = timedelta(days=60)


def support_problem(version: str, today: date) -> str:
    """Returns a warning if standard support ends within two months; otherwise ""."""
    end = STANDARD_SUPPORT_ENDS.get(version)
    if end is None:
        return f"Nobody wrote down until when EKS supports {version}: see its calendar."
    if end - today <= NOTICE:
        return (
            f"Standard support of Kubernetes {version} ends on {end}; afterwards a cluster costs "
            "six times as much. docs/deployment.md says how it is upgraded."
        )
    return ""
