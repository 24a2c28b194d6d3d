"""On a terminal there are bars; without one, or where it is no use, there are none."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Iterator

import pytest

from cli.command import Start, masked
from origin import File, Generated, Origin, Status, gated

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
COLOR = re.compile(r"\x1b\[[0-9;]*\b(3[0-7]|38;5;\d+)m")
CONTENT = Generated(2_000_000)


class Terminal:
    """A pseudo-terminal of 24 lines with 100 columns, and what was written to it."""

    def __init__(self) -> None:
        self._master, self.end = pty.openpty()
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        self.text = ""

    def read_until(self, there: Callable[[str], bool]) -> str:
        """Read until what was written satisfies this, or its last writer left."""
        while not there(self.text):
            try:
                piece = os.read(self._master, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            self.text += piece.decode()
        return self.text

    def close(self) -> None:
        os.close(self._master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What half a file waits for."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def half(origin: Origin, gate: threading.Event) -> str:
    """A URL that sends half a file, and the rest when the gate opens."""
    origin.serve("/half.iso", gated(File(CONTENT), gate, after=CONTENT.size // 2))
    return origin.url("/half.iso")


@pytest.fixture
def begun(start: Start, terminal: Terminal) -> Start:
    """Start the command on that terminal."""

    def command(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = start(*arguments, err=terminal.end, environment={"TERM": "xterm-256color", **environment})
        os.close(terminal.end)
        return process

    return command


def finished(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=30)
    return process.returncode


def screen(text: str) -> list[str]:
    """Return the lines that a terminal shows after all this, as far as we steer it."""
    lines, row, column = [""], 0, 0
    for up, erase, character in re.findall(r"\x1b\[(\d+)A|\x1b\[(2)K|\x1b\[[?\d;]*[A-Za-z]|([^\x1b])", text):
        if up:
            row -= int(up)
        elif erase:
            lines[row] = ""
        elif character == "\r":
            column = 0
        elif character == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif character:
            lines[row] = lines[row][:column].ljust(column) + character + lines[row][column + 1 :]
            column += 1
    return [line for line in masked("\n".join(lines)).splitlines() if line]


def test_a_running_file_has_a_line_with_its_bar_percent_and_size(
    begun: Start, terminal: Terminal, half: str, gate: threading.Event
) -> None:
    process = begun(half)
    picture = terminal.read_until(lambda text: "50%" in text)
    assert HIDE_CURSOR in picture
    assert COLOR.search(picture)
    assert re.search(r"half\.iso  .*━.*  50%     1\.9 MiB ", picture)
    gate.set()
    text = terminal.read_until(lambda _: False)
    assert finished(process) == 0
    assert text.rindex(SHOW_CURSOR) > text.rindex(HIDE_CURSOR)
    assert screen(text) == ["half.iso: 1.9 MiB in TIME, SPEED, length only"]


def test_several_have_a_total_and_a_wait_has_its_reason(
    begun: Start, terminal: Terminal, origin: Origin, half: str, gate: threading.Event
) -> None:
    origin.serve("/busy.iso", Status(503, headers={"Retry-After": "100"}))
    process = begun(half, origin.url("/busy.iso"))
    picture = masked(terminal.read_until(lambda text: "50%" in text and "1 waiting" in text))
    assert "busy.iso waits until CLOCK: status 503: service unavailable, asked by the server" in picture
    assert "0 of 2 done, 1 waiting: 976.6 KiB, " in picture
    process.terminate()
    assert finished(process) == 143
    gate.set()
    text = terminal.read_until(lambda _: False)
    assert text.rindex(SHOW_CURSOR) > text.rindex(HIDE_CURSOR)
    assert screen(text) == [
        "stopped: 0 of 2 done, 2 left; run the same command again, with --skip-existing, to fetch what is left"
    ]


def test_no_color_is_obeyed(begun: Start, terminal: Terminal, half: str, gate: threading.Event) -> None:
    process = begun(half, NO_COLOR="1")
    assert "━" in terminal.read_until(lambda text: "50%" in text)
    gate.set()
    assert not COLOR.search(terminal.read_until(lambda _: False))
    assert finished(process) == 0


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [([], {"TERM": "dumb"}), (["-q"], {}), (["--json"], {})],
    ids=["dumb", "quiet", "JSON"],
)
def test_no_bars_where_they_are_no_use(
    begun: Start, terminal: Terminal, origin: Origin, arguments: list[str], environment: dict[str, str]
) -> None:
    origin.serve("/a.iso", File(CONTENT))
    process = begun(origin.url("/a.iso"), *arguments, **environment)
    assert "\x1b" not in terminal.read_until(lambda _: False)
    assert finished(process) == 0


def test_names_do_not_steer_the_terminal(begun: Start, terminal: Terminal, half: str, gate: threading.Event) -> None:
    process = begun(half, "-o", "a\x1b[2Jb.iso")
    assert r"a\x1b[2Jb.iso" in terminal.read_until(lambda text: "50%" in text)
    gate.set()
    assert "\x1b[2J" not in terminal.read_until(lambda _: False)
    assert finished(process) == 0


def test_what_is_done_soon_needs_no_bars(begun: Start, terminal: Terminal, origin: Origin) -> None:
    origin.serve("/a.iso", File(b"12345"))
    process = begun(origin.url("/a.iso"))
    text = terminal.read_until(lambda _: False)
    assert masked(text) == "a.iso: 5 B in TIME, SPEED, length only\r\n"
    assert finished(process) == 0
