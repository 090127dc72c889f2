"""Decodes JSON files of any encoding."""

from __future__ import annotations

import codecs
import json
from typing import BinaryIO

CHUNK = 256 * 1024
WINDOWS = "profai-windows-1252"


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Decodes the bytes that are not UTF-8 as Windows-1252: files can be mixed."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error(WINDOWS, _as_windows)


class Characters:
    """Reads a file piece by piece as text.

    UTF-8, UTF-16 and UTF-32 are told apart by their mark or, without one, by where the NUL
    bytes are. `guessed` says that bytes were read as Windows-1252.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.guessed = False
        self._head = file.read(4)
        self.encoding = json.detect_encoding(self._head)
        self.is_utf8 = self.encoding.startswith("utf-8")
        self._decoder = self._make("strict" if self.is_utf8 else "replace")

    def _make(self, errors: str) -> codecs.IncrementalDecoder:
        return codecs.getincrementaldecoder(self.encoding)(errors)

    def read(self, size: int = CHUNK) -> str:
        """Returns about `size` characters; "" at the end of the file only."""
        while True:
            data, self._head = self._head + self._file.read(size), b""
            text = self._decode(data, final=not data)
            if text or not data:
                return text

    def _decode(self, data: bytes, *, final: bool) -> str:
        state = self._decoder.getstate()
        try:
            return self._decoder.decode(data, final)
        except UnicodeDecodeError:
            self.guessed = True
            self._decoder = self._make(WINDOWS)
            self._decoder.setstate(state)
            return self._decoder.decode(data, final)
