"""A SOCKS4a proxy of our own: neither dante nor microsocks looks up a name that comes by version 4."""

import asyncio
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integration.servers.program import HOST, Log, running

GRANTED: Final = 90
REFUSED: Final = 91
WRONG_USER: Final = 93


@dataclass(frozen=True)
class Socks4a:
    """A running proxy."""

    port: int
    log: Log


@contextmanager
def socks4a(folder: Path, *, user: str = "") -> Iterator[Socks4a]:
    """Run the proxy, which lets only this `user` pass; its log says who asked for what, by name or by address."""
    log = Log(folder / "socks4a.log")

    def configure(port: int) -> list[str]:
        return [sys.executable, "-m", "integration.servers.socks4a", str(port), user]

    with running(configure, ports=1, output=log.path) as (port,):
        yield Socks4a(port, log)


async def serve(port: int, user: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _pass_on(reader, writer, user)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, HOST, port)
    await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, user: str) -> None:
    host, port, seen = await _asked(reader)
    if seen != user:
        writer.write(_reply(WRONG_USER))
        return
    try:
        origin_reader, origin_writer = await asyncio.open_connection(host, port)
    except OSError:
        writer.write(_reply(REFUSED))
        return
    writer.write(_reply(GRANTED))
    await asyncio.gather(_copy(reader, origin_writer), _copy(origin_reader, writer))


async def _asked(reader: asyncio.StreamReader) -> tuple[str, int, str]:
    """Return the host, the port and the user of a request; a name follows where the address is 0.0.0.x."""
    _, _, port, address = struct.unpack("!BBH4s", await reader.readexactly(8))
    user = await _text(reader)
    named = address[:3] == bytes(3) and address[3] != 0
    host = await _text(reader) if named else socket.inet_ntoa(address)
    print(f"user={user!r} {'name' if named else 'address'}={host} port={port}", flush=True)  # noqa: T201
    return host, port, user


async def _text(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\0"))[:-1].decode("latin-1")


def _reply(code: int) -> bytes:
    return bytes([0, code, 0, 0, 0, 0, 0, 0])


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
