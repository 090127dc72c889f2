"""Where settings come from: mounted secrets, the process environment, then the file `.env`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import lazy
from dotenv.parser import parse_stream
from environ.fileaware_mapping import FileAwareMapping

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET = re.compile("KEY|TOKEN|SECRET|PASSWORD|DSN|_URL")
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
# The file and line that a variable came from.
_places: dict[str, str] = {}


class SettingError(ImproperlyConfigured):
    """A variable cannot be read; the message names it, its place and what is wrong."""


class SecretFiles(FileAwareMapping):  # type: ignore[misc] # environ has no types
    """The environment, also with values in files: `NAME_FILE`, or NAME in SECRETS_DIR.

    A file is read at each use, so that a rotated secret is seen.
    """

    def __init__(self) -> None:
        super().__init__(cache=False)

    def __getitem__(self, key: str) -> str:
        path = self.file_of(key)
        if path is None:
            return os.environ[key]
        # Editors and `echo` end a file with a line break that is no part of the secret.
        return path.read_text(encoding="utf-8").rstrip("\r\n")

    def file_of(self, key: str) -> Path | None:
        if named := os.environ.get(f"{key}_FILE"):
            return Path(named)
        folder = os.environ.get("SECRETS_DIR")
        if folder and (path := Path(folder) / key).is_file():
            return path
        return None


class Environment(environ.FileAwareEnv):  # type: ignore[misc] # environ has no types
    """Reads variables. Errors name the variable, where it is set and what is wrong.

    An empty variable counts as one that is not set, as in `.env.example`.
    """

    ENVIRON = SecretFiles()

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **_options: Any
    ) -> Any:
        try:
            text = self.ENVIRON.get(var, "")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"{var} ({self._place(var)}) cannot be read: {error}") from None
        if not text.strip():
            if default is self.NOTSET:
                raise SettingError(f"{var} is not set. Set it in the environment or in .env.")
            return default
        try:
            return _read(text, cast)
        except (ValueError, KeyError):
            shown = "its value is not shown" if SECRET.search(var) else f"\u201c{text[:80]}\u201d"
            words = f"{var} ({self._place(var)}) is not {_wanted(cast)}: {shown}."
            raise SettingError(words) from None

    def db_url(self, var: str = "DATABASE_URL", **options: Any) -> dict[str, Any]:
        """Returns the parts of the address. Raises SettingError, which does not show it."""
        try:
            found: dict[str, Any] = super().db_url(var, **options)
        except ValueError:
            # The library's own message would show a part of the password.
            raise SettingError(
                f"{var} is no address of a database. In its password write / as %2F, ? as %3F, "
                "# as %23, @ as %40 and : as %3A."
            ) from None
        return found

    def _place(self, var: str) -> str:
        path = self.ENVIRON.file_of(var)
        return str(path) if path else _places.get(var, "process environment")


def _read(text: str, cast: Any) -> Any:
    if cast is list:
        cast = [str]
    if isinstance(cast, list):
        return [_read(item.strip(), cast[0]) for item in text.split(",") if item.strip()]
    if cast in {None, str}:
        return text
    return boolean(text) if cast is bool else cast(text)


def _wanted(cast: Any) -> str:
    if isinstance(cast, list):
        return f"a list with commas, each item {_wanted(cast[0])}"
    return _KINDS.get(cast, "valid")


def boolean(text: str) -> bool:
    if text.lower() in {"true", "on", "ok", "y", "yes", "1"}:
        return True
    if text.lower() in {"false", "off", "n", "no", "0"}:
        return False
    raise ValueError


def log_level(text: str) -> str:
    text = text.upper()
    if text not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ValueError
    return text


def time_zone(text: str) -> str:
    """Raises ValueError or KeyError for an unknown name."""
    return ZoneInfo(text).key


def rate(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d*/(s|m|h|d|sec|min|hour|day|second|minute)", text):
        raise ValueError
    return text


def network(text: str) -> str:
    return str(ip_network(text))


_KINDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    json.loads: "valid JSON",
    log_level: "DEBUG, INFO, WARNING, ERROR or CRITICAL",
    time_zone: "a time zone such as Europe/Berlin",
    rate: "a rate such as 60/min or 120/hour",
    network: "a network such as 10.1.2.0/24",
}


def read_file(path: Path) -> None:
    """Reads variables that the process environment does not have from a file like .env.example.

    A # after white space begins a comment, unless it is in quotes. Raises SettingError for a line
    that is no setting.
    """
    try:
        with path.open(encoding="utf-8") as file:
            found = list(parse_stream(file))
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} cannot be read: {error}.") from None
    for binding in found:
        # A statement begins where the empty lines before it end.
        blank = len(binding.original.string) - len(binding.original.string.lstrip())
        line = binding.original.line + binding.original.string[:blank].count("\n")
        place = f"{path.name}, line {line}"
        if binding.error or (binding.key is not None and binding.value is None):
            raise SettingError(f"{place}: write NAME=value, with quotes closed where they open.")
        if binding.key is not None and binding.key not in os.environ:
            os.environ[binding.key] = binding.value or ""
            _places[binding.key] = place


def keep_from_proxies(hosts: Iterable[str]) -> None:
    """Tells HTTP clients of this process and its children to reach these hosts without a proxy."""
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    names = [*filter(None, (name.strip() for name in known.split(","))), *hosts]
    # Some clients read one of the two, some the other.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(dict.fromkeys(names))


def _near_hosts() -> list[str]:
    """Returns this machine's names, and hosts of settings that a proxy cannot know."""
    addresses = (
        os.environ.get(name, "")
        for name in ("LLM_BASE_URL", "EMBEDDING_BASE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT")
    )
    loopback = [host for host in map(_host_of, addresses) if host.startswith("127.")]
    chroma = os.environ.get("CHROMA_HOST", "")
    return [*THIS_MACHINE, *loopback, *([chroma] if chroma and _is_private(chroma) else [])]


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_private(host: str) -> bool:
    """Whether it is a private address, or a name that is known in the local network only."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".svc", ".localhost"))


env = Environment()
# Tests do not use a person's own settings, which may hold a key that costs money.
if os.environ.get("DJANGO_SETTINGS_MODULE") != "profai.settings.test":
    read_file(BASE_DIR / ".env")
keep_from_proxies(_near_hosts())


def var_dir() -> Path:
    """Returns the folder for all that ProfAI writes on this machine.

    A relative path starts at the checkout, because a cron job runs in another folder.
    """
    named: str = env.str("PROFAI_VAR_DIR", default="var")
    return (BASE_DIR / named).resolve()


def rotating(*names: str) -> str:
    """Returns the first of these variables that is set, or "". It is read anew at each use."""

    def read() -> str:
        # Spaces and line ends around a secret that was pasted are not part of it.
        return next((value for name in names if (value := env.str(name, default="").strip())), "")

    proxy: str = lazy(read, str)()
    return proxy
