"""An engine's words for staff on a quiz."""

from __future__ import annotations


def shortfall(found: int, wanted: int) -> tuple[str, ...]:
    """Why there are fewer questions than asked for; nothing where there are enough."""
    if found >= wanted:
        return ()
    note = (
        f"The material carries {found} sound questions of the {wanted} asked for; "
        "weaker ones were left out."
    )
    return (note,)
