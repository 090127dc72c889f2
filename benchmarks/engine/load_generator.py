"""Asks some servers, which work by turns, for one address as fast as they answer.

Prints how many answers a second each of the servers gave in each round. A second counts while the
server was let work. Connections stay open, as many to each process of a server, and each has one
request under way.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence

import psutil

from benchmarks.engine.stopping import TURN, stopped, turn_of

CONNECTIONS = 8  # to each process of a server
TURNS = 10  # a round

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Server:
    def __init__(self, port: int, group: int) -> None:
        self._port, self.group = port, group
        self._answers, self._seconds = 0, 0.0

    async def connections(self, request: bytes) -> list[Connection]:
        """As many to each process; left to themselves, most of them fall to whoever is quick."""
        children = [child.pid for child in psutil.Process(self.group).children()]
        serving = [pid for pid in children if self._ports(pid, psutil.CONN_LISTEN)]
        found: dict[int, list[Connection]] = {pid: [] for pid in serving}
        while any(len(kept) < CONNECTIONS for kept in found.values()):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            # Who has answered has taken it.
            writer.write(request)
            await read_answer(reader)
            port = writer.get_extra_info("sockname")[1]
            owner = next(p for p in serving if port in self._ports(p, psutil.CONN_ESTABLISHED))
            kept = found[owner]
            if len(kept) < CONNECTIONS:
                kept.append((reader, writer))
            else:
                writer.close()
        return [one for kept in found.values() for one in kept]

    def _ports(self, pid: int, status: str) -> set[int]:
        """Of the other ends of this server's connections in a process; 0 for none."""
        found = psutil.Process(pid).net_connections("tcp4")
        ours = [one for one in found if one.status == status and one.laddr.port == self._port]
        return {one.raddr.port if one.raddr else 0 for one in ours}

    async def ask(self, connection: Connection, request: bytes) -> None:
        reader, writer = connection
        while True:
            writer.write(request)
            await read_answer(reader)
            self._answers += 1

    async def work(self) -> None:
        started = time.perf_counter()
        with turn_of(self.group):
            await asyncio.sleep(TURN)
        self._seconds += time.perf_counter() - started

    def rate(self) -> float:
        """Answers a second since this was asked last."""
        rate = self._answers / self._seconds
        self._answers, self._seconds = 0, 0.0
        return rate


async def main(path: str, header: str, rounds: int, servers: Sequence[Server]) -> list[list[float]]:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n\r\n".encode()
    opened = [(server, await server.connections(request)) for server in servers]
    asking = [
        asyncio.create_task(server.ask(connection, request))
        for server, connections in opened
        for connection in connections
    ]
    with stopped(*(server.group for server in servers)):
        rates = [await _round(servers) for _ in range(rounds)]
    assert not any(task.done() for task in asking)
    return rates


async def _round(servers: Sequence[Server]) -> list[float]:
    for _ in range(TURNS):
        for server in servers:
            await server.work()
    return [server.rate() for server in servers]


async def read_answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    length = head.partition(b"content-length: ")[2].split(b"\r\n")[0]
    await reader.readexactly(int(length))


if __name__ == "__main__":
    path, header, rounds, *numbers = sys.argv[1:]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    servers = [Server(int(port), int(group)) for port, group in pairs]
    sys.stdout.write(json.dumps(asyncio.run(main(path, header, int(rounds), servers))))
