"""The commands deploy/bin/up, plan and down."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from deploy.installer.settings import ENVIRONMENTS, Environment, load
from deploy.installer.shell import Shell, StopError
from deploy.installer.steps import STEPS


def up(environment: Environment, shell: Shell) -> None:
    """Takes each step. Raises StopError at the first that cannot be taken."""
    for number, step in enumerate(STEPS, 1):
        shell.say(f"{number}. {step.title}")
        step.run(environment, shell)


def down(environment: Environment, shell: Shell) -> None:
    """Takes away what the steps made, in the reverse order; data that are kept stay."""
    for step in reversed(STEPS):
        if step.undo is not None:
            shell.say(f"Take away: {step.title}")
            step.undo(environment, shell)
    shell.say(
        "Kept: buckets, the last snapshot of the database, log groups, copies, keys, the registry."
    )


def main(command: str, arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"deploy/bin/{command}")
    parser.add_argument("environment", choices=ENVIRONMENTS)
    if command == "down":
        parser.add_argument("--delete", required=True, help="once more which: profai-ENVIRONMENT")
    given = parser.parse_args(arguments)
    if command == "down" and given.delete != f"profai-{given.environment}":
        parser.error(f"to take it away say --delete profai-{given.environment}")
    try:
        environment = load(given.environment)
        shell = Shell(environment.region, planning=command == "plan")
        (down if command == "down" else up)(environment, shell)
    except StopError as stop:
        sys.stderr.write(f"\nStopped. {stop}\n")
        return 1
    return 0
