"""Serve files to whoever asks slowly enough, and refuse the others; tell at the end whom.

Arguments: the folder of the files, and as JSON the terms (`bench.refusing.Terms`). Prints the port; a request for
`/-` is answered with what happened.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

Takes = Callable[[float, int], bool]
"""Whether a request is taken at a time, when so many others are under way."""

STATISTICS: Final = "/-"


def sliding(limit: float, window: float) -> Takes:
    taken: deque[float] = deque()

    def takes(now: float, _: int) -> bool:
        while taken and taken[0] <= now - window:
            taken.popleft()
        if len(taken) < limit * window:
            taken.append(now)
            return True
        return False

    return takes


def fixed(limit: float, window: float) -> Takes:
    taken: Counter[int] = Counter()

    def takes(now: float, _: int) -> bool:
        index = int(now / window)
        if taken[index] < limit * window:
            taken[index] += 1
            return True
        return False

    return takes


def bucket(limit: float, burst: float) -> Takes:
    tokens, last = burst, time.monotonic()

    def takes(now: float, _: int) -> bool:
        nonlocal tokens, last
        tokens, last = min(burst, tokens + (now - last) * limit), now
        if tokens < 1:
            return False
        tokens -= 1
        return True

    return takes


def at_once(limit: float, _: float) -> Takes:
    return lambda _, others: others < limit


KINDS: Final = {"sliding": sliding, "fixed": fixed, "bucket": bucket, "at once": at_once}


class Host:
    def __init__(self, folder: Path, terms: dict[str, Any]) -> None:
        self._folder = folder
        self._takes = KINDS[terms["kind"]](terms["limit"], terms["more"])
        self._lasts = terms["lasts"]
        wait = terms["retry_after"]
        asks = "" if wait is None else f"Retry-After: {wait}\r\n"
        self._refusal = f"HTTP/1.1 {terms['status']} no\r\n{asks}Content-Length: 0\r\n\r\n".encode()
        self._refused: Counter[str] = Counter()
        self._under_way = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._answer(head.split()[1].decode()))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str) -> bytes:
        if path == STATISTICS:
            return _ok(json.dumps(self._refused).encode())
        if not self._takes(time.monotonic(), self._under_way):
            self._refused[path] += 1
            return self._refusal
        self._under_way += 1
        try:
            await asyncio.sleep(self._lasts)
        finally:
            self._under_way -= 1
        return _ok((self._folder / path.rpartition("/")[2]).read_bytes())


def _ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def main(folder: str, terms: str) -> None:
    host = Host(Path(folder), json.loads(terms))
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    print(json.dumps([server.sockets[0].getsockname()[1]]), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
