"""Polls one address at a steady rate over connections that stay open; prints the times.

A poll's time runs from when it was due: a server that lags cannot hide it by delaying us.
"""

from __future__ import annotations

import asyncio
import sys
import time

from benchmarks.engine.load_generator import read_answer

CONNECTIONS = 50


async def main(port: int, path: str, token: str, rate: int, seconds: int) -> list[float]:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    start = time.perf_counter() + 0.5
    times: list[float] = []

    async def poll(number: int) -> None:
        due = start + number / rate
        await asyncio.sleep(due - time.perf_counter())
        reader, writer = await free.get()
        writer.write(request)
        await read_answer(reader)
        times.append(time.perf_counter() - due)
        free.put_nowait((reader, writer))

    async with asyncio.TaskGroup() as group:
        for number in range(rate * seconds):
            group.create_task(poll(number))
    return times


if __name__ == "__main__":
    port, path, token, rate, seconds = sys.argv[1:]
    for taken in asyncio.run(main(int(port), path, token, int(rate), int(seconds))):
        print(taken)
