"""Looks for secrets in everything that Git keeps, with detect-secrets and two rules of our own.

python -m deploy.checks.secrets [FOLDER]
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detect_secrets.core import scan
from detect_secrets.settings import transient_settings

from deploy.checks.tools import ROOT

# Detectors of known forms. Those of "a long random string" and "a word after password=" are left
# out: in a tree with hashes of packages and settings of tests they find hundreds that are none.
DETECTORS = (
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector",
    "CloudantDetector", "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector",
    "IbmCloudIamDetector", "IbmCosHmacDetector", "JwtTokenDetector", "MailchimpDetector",
    "NpmDetector", "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector",
    "SendGridDetector", "SlackDetector", "SoftlayerDetector", "SquareOAuthDetector",
    "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip
# Keys of the providers that ProfAI knows, and forms that detect-secrets lets pass at times: a
# private key without its body, a password in an address of example.org.
OWN = {
    "Private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "Password in an address": re.compile(r"://[^/\s:\"'`]+:(?P<password>[^@/\s]+)@"),
    "OpenAI project key": re.compile(r"\bsk-(proj|svcacct|admin)-[A-Za-z0-9_-]{20,}"),
    "Groq key": re.compile(r"\bgsk_[A-Za-z0-9]{20,}"),
    "ElevenLabs key": re.compile(r"\bsk_[0-9a-f]{48}\b"),
    "Sarvam key": re.compile(r"\bsk_[a-z0-9]{8}_[A-Za-z0-9]{24}\b"),
}
# Passwords in the addresses of documentation and tests, or the names of variables.
HARMLESS = re.compile(
    r"^(secret|password|word|p|b|old|new|n%2Fw|hunter2|pw|%s|\.\.\.|\$\(?\{?\w+\}?\)?.*|[A-Z_]+|<\w+>|\{[^}]+\}|\(\\w\+\))$"
)


@dataclass(frozen=True, slots=True)
class Finding:
    path: str
    line: int
    kind: str


def findings(folder: Path) -> list[Finding]:
    """Secrets in the files of a folder; of a Git tree only those that Git keeps or would keep."""
    found: list[Finding] = []
    settings = {"plugins_used": [{"name": name} for name in DETECTORS]}
    with transient_settings(settings):
        for path in _files(folder):
            found += _in_file(path, folder)
    return found


def _files(folder: Path) -> Iterator[Path]:
    command: list[str | Path] = [
        "git",
        "-C",
        folder,
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(command, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        path = folder / name
        if name and path.is_file():
            yield path


def _in_file(path: Path, folder: Path) -> Iterator[Finding]:
    name = str(path.relative_to(folder))
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        for kind, form in OWN.items():
            hit = form.search(line)
            if hit and not HARMLESS.match(hit.groupdict().get("password", "-")):
                yield Finding(name, number, kind)
    for secret in scan.scan_file(str(path)):
        yield Finding(name, secret.line_number, secret.type)


def main() -> int:
    folder = Path(sys.argv[1]) if sys.argv[1:] else ROOT
    found = findings(folder)
    for finding in found:
        sys.stderr.write(f"{finding.path}:{finding.line}: {finding.kind}\n")
    if found:
        sys.stderr.write("Take them out, and make new ones: what was in Git is known.\n")
        sys.stderr.write("The password of an example is named in HARMLESS (deploy/checks).\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
