"""Asks for one address over connections that stay open, as fast as it is answered.

Prints how many answers a second there were. Each connection has one request under way.
"""

from __future__ import annotations

import asyncio
import sys
import time

CONNECTIONS = 16


async def main(port: int, path: str, header: str, seconds: float) -> float:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n\r\n".encode()
    end = time.perf_counter() + seconds

    async def ask() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count = 0
        while time.perf_counter() < end:
            writer.write(request)
            await read_answer(reader)
            count += 1
        writer.close()
        return count

    counts = await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return sum(counts) / seconds


async def read_answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    length = head.partition(b"content-length: ")[2].split(b"\r\n")[0]
    await reader.readexactly(int(length))


if __name__ == "__main__":
    port, path, header, seconds = sys.argv[1:]
    print(asyncio.run(main(int(port), path, header, float(seconds))))
