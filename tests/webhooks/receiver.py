"""A real receiver on this machine that can misbehave, and an independent check of signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Message:
    """As it arrived: header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content


@dataclass
class Receiver:
    """`answer` writes whatever it likes to the connection; by default 200 and a few words."""

    port: int = 0
    messages: list[Message] = field(default_factory=list)
    connections: int = 0
    most_at_once: int = 0
    answer: Callable[[socket.socket], object] = lambda connection: reply(connection, 200, b"Thanks")
    names: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


def reply(connection: socket.socket, status: int, body: bytes = b"", *headers: str) -> None:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)


def answers(status: int, body: bytes = b"", *headers: str) -> Callable[[socket.socket], object]:
    return lambda connection: reply(connection, status, body, *headers)


def silence(seconds: float) -> Callable[[socket.socket], object]:
    return lambda _connection: time.sleep(seconds)


def drip(beginning: bytes, piece: bytes) -> Callable[[socket.socket], object]:
    """A piece every tenth of a second, for ever."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            time.sleep(0.1)
            connection.sendall(piece)

    return answer


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()
    busy: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.messages.append(Message(self.path, headers, body))
            busy.append(1)
            receiver.most_at_once = max(receiver.most_at_once, len(busy))
            self.close_connection = True
            try:
                # The other side may have hung up.
                with suppress(OSError):
                    receiver.answer(self.connection)
            finally:
                busy.pop()

        def setup(self) -> None:
            receiver.connections += 1
            super().setup()

        def log_message(self, *_args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: receiver.names.append(name)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()


def is_signed(message: Message, secret: str) -> bool:
    """Written from the convention's words alone, without ProfAI's own code."""
    key = base64.b64decode(secret.split("_", 1)[1])
    parts = (message.headers["webhook-id"], message.headers["webhook-timestamp"])
    signed = b".".join([*(part.encode() for part in parts), message.body])
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    given = [one.split(",", 1) for one in message.headers["webhook-signature"].split()]
    return any(version == "v1" and hmac.compare_digest(one, expected) for version, one in given)
