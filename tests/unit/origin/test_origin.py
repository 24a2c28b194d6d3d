"""The origin does what its replies say, byte by byte."""

import gzip
import hashlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeAlias

import pytest

from origin import (
    Amended,
    Authority,
    Chain,
    Chunked,
    Close,
    Closed,
    File,
    Generated,
    Head,
    Interim,
    Interrupted,
    Misheard,
    Misranged,
    Multipart,
    Origin,
    Part,
    Pause,
    Rangeless,
    Raw,
    Received,
    Redirect,
    Reply,
    Reset,
    Script,
    Send,
    Status,
    Wait,
    cut,
    declared,
    gated,
    gzipped,
    paced,
    page,
    reset,
    self_signed,
    stalled,
    trickle,
)

CONTENT = bytes(range(256)) * 4
CHANGED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CHANGED = "Fri, 02 Jan 2026 03:04:05 GMT"
LATER, EARLIER = "Sat, 03 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 GMT"

Bad: TypeAlias = Callable[[Authority], ssl.SSLContext]


class Answer:
    """What http.client understood."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def connect(origin: Origin) -> socket.socket:
    return socket.create_connection(("127.0.0.1", origin.port), timeout=5)


def ask(origin: Origin, target: str, *, method: str = "GET", **headers: str) -> Answer:
    client = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=5)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        client.request(method, target, headers=named)
        return Answer(client.getresponse())
    finally:
        client.close()


def send_request(client: socket.socket, target: str, *lines: str, method: str = "GET") -> None:
    client.sendall("\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", *lines, "", ""]).encode())


def until_end(client: socket.socket) -> tuple[bytes, bool]:
    """Return all bytes that come, and whether a reset ended them."""
    received = b""
    try:
        while chunk := client.recv(65536):
            received += chunk
    except ConnectionResetError:
        return received, True
    return received, False


def dropped(origin: Origin) -> tuple[bytes, bool]:
    """Return the same of a connection that asks nothing; a reset may come before `connect` returns."""
    try:
        with connect(origin) as client:
            return until_end(client)
    except ConnectionResetError:
        return b"", True


def exactly(client: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = client.recv(size - len(received))
        assert chunk, received
        received += chunk
    return received


def answer_bytes(origin: Origin, reply: Reply, *lines: str, method: str = "GET") -> tuple[bytes, bool]:
    """Return what a reply puts on a connection that then ends."""
    origin.serve("/answer", reply)
    with connect(origin) as client:
        send_request(client, "/answer", *lines, method=method)
        return until_end(client)


def steps(reply: Reply, **headers: str) -> list[object]:
    """Return what a reply would do, without an origin and without time."""
    answer: object = reply
    while callable(answer):
        answer = answer(Received("GET", "/", raw=tuple(headers.items())))
    assert isinstance(answer, Iterator)
    return list(answer)


# --- An honest file ---


def test_a_file_comes_whole_with_what_is_known_of_it(origin: Origin) -> None:
    origin.serve("/a", File(CONTENT, etag='"v1"', last_modified=CHANGED_AT, headers={"X-More": "1"}))
    answer = ask(origin, "/a")
    assert (answer.status, answer.body) == (200, CONTENT)
    assert dict(answer.headers) == {
        "Content-Type": "application/octet-stream",
        "Content-Length": "1024",
        "Accept-Ranges": "bytes",
        "ETag": '"v1"',
        "Last-Modified": CHANGED,
        "X-More": "1",
    }


@pytest.mark.parametrize(
    ("asked", "answered", "body"),
    [
        ("bytes=0-", "bytes 0-1023/1024", CONTENT),
        ("bytes=10-19", "bytes 10-19/1024", CONTENT[10:20]),
        ("bytes=1000-5000", "bytes 1000-1023/1024", CONTENT[1000:]),
        ("bytes=-24", "bytes 1000-1023/1024", CONTENT[1000:]),
        ("bytes=-5000", "bytes 0-1023/1024", CONTENT),
    ],
)
def test_a_file_answers_a_range_with_206(origin: Origin, asked: str, answered: str, body: bytes) -> None:
    origin.serve("/a", File(CONTENT))
    answer = ask(origin, "/a", Range=asked)
    assert (answer.status, answer.headers["Content-Range"], answer.body) == (206, answered, body)


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=-0"])
def test_a_file_answers_a_range_outside_it_with_416(origin: Origin, asked: str) -> None:
    origin.serve("/a", File(CONTENT))
    answer = ask(origin, "/a", Range=asked)
    assert (answer.status, answer.headers["Content-Range"], answer.body) == (416, "bytes */1024", b"")


@pytest.mark.parametrize("asked", ["pages=1-2", "bytes=0-1,5-6", "bytes=x"])
def test_a_file_ignores_a_range_it_does_not_serve(origin: Origin, asked: str) -> None:
    origin.serve("/a", File(CONTENT))
    assert ask(origin, "/a", Range=asked).status == 200


@pytest.mark.parametrize(
    ("etag", "validator", "status"),
    [
        ('"v1"', '"v1"', 206),
        ('"v1"', '"v0"', 200),
        ('W/"v1"', 'W/"v1"', 200),
        ('"v1"', CHANGED, 206),
        ('"v1"', LATER, 200),
    ],
)
def test_a_file_serves_a_range_only_of_the_version_in_if_range(
    origin: Origin, etag: str, validator: str, status: int
) -> None:
    origin.serve("/a", File(CONTENT, etag=etag, last_modified=CHANGED_AT))
    assert ask(origin, "/a", Range="bytes=5-", If_Range=validator).status == status


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("If-Match", '"v1"', 200),
        ("If-Match", '"v0"', 412),
        ("If-Match", "*", 200),
        ("If-Unmodified-Since", CHANGED, 200),
        ("If-Unmodified-Since", EARLIER, 412),
        ("If-None-Match", '"v0", W/"v1"', 304),
        ("If-None-Match", '"v0"', 200),
        ("If-Modified-Since", CHANGED, 304),
        ("If-Modified-Since", EARLIER, 200),
    ],
)
def test_a_file_keeps_conditions(origin: Origin, name: str, value: str, status: int) -> None:
    origin.serve("/a", File(CONTENT, etag='"v1"', last_modified=CHANGED_AT))
    assert ask(origin, "/a", **{name: value}).status == status


def test_head_gets_the_head_alone_and_keeps_the_connection(origin: Origin) -> None:
    origin.serve("/a", File(CONTENT))
    client = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=5)
    client.request("HEAD", "/a")
    head = Answer(client.getresponse())
    client.request("GET", "/a")
    got = Answer(client.getresponse())
    client.close()
    assert (head.headers["Content-Length"], head.body, got.body) == ("1024", b"", CONTENT)
    assert origin.connections == 1


@pytest.mark.parametrize("line", ["Connection: close", "X: y"])
def test_a_connection_ends_when_either_side_said_so(origin: Origin, line: str) -> None:
    received, was_reset = answer_bytes(origin, File(b"abc", headers={"Connection": "close"}), line)
    assert received.endswith(b"\r\n\r\nabc")
    assert not was_reset


# --- What the origin knows and how it is told ---


def test_requests_are_recorded_as_sent_and_in_order(origin: Origin) -> None:
    origin.serve("/a", File(CONTENT))
    before = time.monotonic()
    ask(origin, "/a?x=1", Range="bytes=5-")
    with connect(origin) as client:
        send_request(client, "/b", "X-Twice: 1", "x-twice: 2", "Content-Length: 3", "Connection: close", method="POST")
        client.sendall(b"abc")
        until_end(client)
    first, second = origin.requests
    assert (first.method, first.target, first.path, first.headers["range"]) == ("GET", "/a?x=1", "/a", "bytes=5-")
    assert (second.method, second.headers["x-twice"], second.body) == ("POST", "1, 2", b"abc")
    assert second.raw[1:3] == (("X-Twice", "1"), ("x-twice", "2"))
    assert (first.connection, second.connection, origin.connections) == (1, 2, 2)
    assert before <= first.time <= second.time
    assert origin.requests_for("/a") == origin.requests_for("/a?x=1") == [first]


def test_replies_come_in_turn_and_the_last_one_stays(origin: Origin) -> None:
    origin.serve("/a", [Status(503, headers={"Retry-After": "2"}), File(b"old", etag='"1"'), File(b"new", etag='"2"')])
    assert ask(origin, "/a").headers["Retry-After"] == "2"
    assert [ask(origin, "/a").headers["ETag"] for _ in range(3)] == ['"1"', '"2"', '"2"']


def test_a_target_with_a_query_may_have_replies_of_its_own(origin: Origin) -> None:
    origin.serve("/a", File(b"any"))
    origin.serve("/a?x=1", File(b"one"))
    assert [ask(origin, target).body for target in ("/a", "/a?x=1", "/a?x=2")] == [b"any", b"one", b"any"]


def test_a_whole_url_as_to_a_proxy_finds_its_path(origin: Origin) -> None:
    origin.serve("/a", File(CONTENT))
    assert ask(origin, "http://elsewhere.invalid/a").body == CONTENT


def test_what_is_not_served_is_404(origin: Origin) -> None:
    assert ask(origin, "/nothing").status == 404


def test_a_reply_may_be_any_function_of_the_request(origin: Origin) -> None:
    origin.serve("/a", lambda request: File(CONTENT) if "x-key" in request.headers else Status(403))
    assert [ask(origin, "/a").status, ask(origin, "/a", X_Key="1").status] == [403, 200]


def test_a_reply_that_fails_is_raised_where_the_origin_ends() -> None:
    def broken(_request: Received) -> NoReturn:
        raise LookupError("the test's own mistake")

    def use() -> None:
        with Origin() as origin:
            origin.serve("/a", broken)
            with connect(origin) as client:
                send_request(client, "/a")
                until_end(client)

    with pytest.raises(ExceptionGroup) as failure:
        use()
    assert failure.group_contains(LookupError, depth=2)


def test_waiting_ends_with_what_was_waited_for_or_says_what_there_was(origin: Origin) -> None:
    origin.serve("/a", stalled(File(CONTENT), after=10))
    with connect(origin) as client:
        send_request(client, "/a")
        origin.wait_for(lambda origin: origin.held == 1)
        assert (origin.answering, origin.peak) == (1, 1)
    origin.wait_for(lambda origin: origin.answering == 0)
    with pytest.raises(TimeoutError, match="connections=1"):
        origin.wait_for(lambda origin: origin.connections == 2, timeout=0.01)


@pytest.mark.parametrize("host", ["127.0.0.2", "::1"])
def test_an_origin_may_stand_at_another_loopback_address(host: str) -> None:
    with Origin(host=host) as origin:
        origin.serve("/a", File(CONTENT))
        client = http.client.HTTPConnection(host, origin.port, timeout=5)
        client.request("GET", origin.url("/a"))
        assert client.getresponse().read() == CONTENT
        client.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_origin_stops_at_once_whatever_it_is_doing(scheme: str, authority: Authority) -> None:
    tls = authority if scheme == "https" else None
    before = set(threading.enumerate())
    replies: list[Reply] = [
        stalled(File(CONTENT), after=5),
        File(Generated(10**12)),
        trickle(File(CONTENT), every=100),
        Script((Pause(100),)),
    ]
    with Origin(tls=tls) as origin:
        origin.greet(Wait())
        clients = [connect(origin) for _ in range(6)]
        if tls is not None:
            context = trusting(tls)
            clients[2:] = [context.wrap_socket(client, server_hostname="localhost") for client in clients[2:]]
        for index, (client, reply) in enumerate(zip(clients[2:], replies, strict=True)):
            origin.serve(f"/{index}", reply)
            send_request(client, f"/{index}")
        origin.wait_for(lambda origin: origin.answering == 4 and origin.held == 2 and origin.connections == 6)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    assert set(threading.enumerate()) == before
    for client in clients:
        client.close()


def test_an_origin_that_ended_refuses_connections() -> None:
    with Origin() as origin:
        connect(origin).close()
    with pytest.raises(ConnectionRefusedError):
        connect(origin)


# --- Content ---


def test_generated_content_is_the_same_however_it_is_read() -> None:
    content = Generated(200_000, seed=7)
    whole = content.read(0, content.size)
    assert len(whole) == 200_000
    assert content.read(65_530, 131_080) == whole[65_530:131_080]
    assert content.read(199_990, 300_000) == whole[199_990:]
    assert content.read(5, 5) == b""
    assert content.sha256() == hashlib.sha256(whole).hexdigest()
    assert Generated(200_000, seed=8).read(0, 200_000) != whole


def test_generated_blocks_cannot_be_mistaken_for_each_other() -> None:
    content = Generated(4 * 65_536)
    blocks = [content.read(start, start + 65_536) for start in range(0, content.size, 65_536)]
    alike = sum(mine == other for mine, other in zip(blocks[1], blocks[2], strict=True))
    assert alike < 65_536 / 100


def test_generated_content_is_served_in_ranges(origin: Origin) -> None:
    content = Generated(10**12)
    origin.serve("/big", File(content))
    answer = ask(origin, "/big", Range="bytes=700000000000-700000999999")
    assert answer.body == content.read(700_000_000_000, 700_001_000_000)


# --- The line breaks, waits or crawls ---


@pytest.mark.parametrize("size", [0, 1, 700])
def test_cut_ends_the_body_by_fin(origin: Origin, size: int) -> None:
    received, was_reset = answer_bytes(origin, cut(File(CONTENT), after=size))
    assert received.partition(b"\r\n\r\n")[2] == CONTENT[:size]
    assert not was_reset


@pytest.mark.parametrize("size", [0, 1, 700])
def test_reset_ends_the_body_by_rst(origin: Origin, size: int) -> None:
    received, was_reset = answer_bytes(origin, reset(File(CONTENT), after=size))
    assert received.partition(b"\r\n\r\n")[2] == CONTENT[:size]
    assert was_reset


def test_a_reset_waits_until_a_slow_client_has_all_that_was_sent(origin: Origin) -> None:
    content = Generated(30_000_000)
    origin.serve("/a", reset(File(content), after=20_000_000))
    with connect(origin) as client:
        send_request(client, "/a")
        body = client.makefile("rb")
        while body.readline() != b"\r\n":
            pass
        received = hashlib.sha256(body.read(20_000_000)).hexdigest()
        with pytest.raises(ConnectionResetError):
            body.read(1)
        body.close()
    assert received == Generated(20_000_000).sha256()


@pytest.mark.parametrize(("size", "sent"), [(0, b""), (12, b"HTTP/1.1 200")])
def test_a_head_can_be_cut_anywhere(origin: Origin, size: int, sent: bytes) -> None:
    assert answer_bytes(origin, cut(File(CONTENT), after=size, part=Part.HEAD)) == (sent, False)


def test_an_answer_shorter_than_the_fault_stays_whole(origin: Origin) -> None:
    origin.serve("/a", cut(File(CONTENT), after=500))
    assert ask(origin, "/a", Range="bytes=600-").body == CONTENT[600:]


def test_a_fault_may_stand_at_a_place_of_the_resource(origin: Origin) -> None:
    origin.serve("/a", cut(File(CONTENT), after=500, part=Part.RESOURCE))
    assert ask(origin, "/a", Range="bytes=0-99").body == CONTENT[:100]
    assert ask(origin, "/a", Range="bytes=600-").body == CONTENT[600:]
    with pytest.raises(http.client.IncompleteRead) as broken:
        ask(origin, "/a", Range="bytes=400-599")
    assert broken.value.partial == CONTENT[400:500]


@pytest.mark.parametrize(
    ("size", "part"), [(0, Part.HEAD), (20, Part.HEAD), (0, Part.BODY), (300, Part.BODY), (1024, Part.BODY)]
)
def test_a_gate_holds_the_answer_until_it_is_set(origin: Origin, size: int, part: Part) -> None:
    gate = threading.Event()
    whole, _ = answer_bytes(origin, File(CONTENT), "Connection: close")
    origin.serve("/a", gated(File(CONTENT), gate, after=size, part=part))
    with connect(origin) as client:
        send_request(client, "/a", "Connection: close")
        origin.wait_for(lambda origin: origin.held == 1)
        before = exactly(client, size if part is Part.HEAD else len(whole) - len(CONTENT) + size)
        client.settimeout(0.02)
        with pytest.raises(TimeoutError):
            client.recv(1)
        gate.set()
        client.settimeout(5)
        rest, _ = until_end(client)
    assert before + rest == whole


@pytest.mark.parametrize("part", [Part.HEAD, Part.BODY])
def test_a_stall_ends_when_the_client_leaves(origin: Origin, part: Part) -> None:
    origin.serve("/a", stalled(File(CONTENT), after=10, part=part))
    with connect(origin) as client:
        send_request(client, "/a")
        origin.wait_for(lambda origin: origin.held == 1)
    origin.wait_for(lambda origin: origin.answering == 0)


def test_a_trickle_pauses_between_its_bytes() -> None:
    head, *body = steps(trickle(File(b"abcd"), size=2, every=0.5))
    assert isinstance(head, Head)
    assert body == [Send(b"ab"), Pause(0.5), Send(b"cd"), Pause(0.5)]


def test_a_trickle_lasts_no_longer_than_told() -> None:
    _, *body = steps(trickle(File(b"abcd"), every=0.5, lasting=1.0))
    assert body == [Send(b"a"), Pause(0.5), Send(b"b"), Pause(0.5), Send(b"c"), Send(b"d")]


def test_a_paced_body_takes_its_size_over_its_rate() -> None:
    _, *body = steps(paced(File(Generated(1_000_000)), rate=250_000))
    assert sum(step.seconds for step in body if isinstance(step, Pause)) == pytest.approx(4.0)
    assert sum(len(step.data) for step in body if isinstance(step, Send)) == 1_000_000


def test_pauses_take_their_time(origin: Origin) -> None:
    origin.serve("/a", trickle(File(b"abc"), every=0.02))
    started = time.monotonic()
    assert ask(origin, "/a").body == b"abc"
    assert time.monotonic() - started >= 0.04


def test_faults_wrap_each_other() -> None:
    wrapped = reset(cut(Interim(File(b"abcdef")), after=4), after=2)
    assert steps(wrapped)[2:] == [Send(b"ab"), Reset(), Send(b"cd"), Close(), Send(b"ef")]


def test_a_closed_connection_is_dead_when_used_again(origin: Origin) -> None:
    origin.serve("/a", Closed(File(CONTENT)))
    client = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=5)
    client.request("GET", "/a")
    answer = Answer(client.getresponse())
    assert (answer.body, answer.headers["Connection"]) == (CONTENT, None)
    origin.wait_for(lambda origin: origin.answering == 0)
    assert client.sock.recv(1) == b""
    client.close()


@pytest.mark.parametrize("greeting", [Close(), Reset()])
def test_a_connection_may_be_dropped_as_soon_as_it_is_accepted(origin: Origin, greeting: Close | Reset) -> None:
    origin.greet(greeting)
    origin.serve("/a", File(CONTENT))
    assert dropped(origin) == (b"", greeting == Reset())
    assert ask(origin, "/a").body == CONTENT
    assert (origin.connections, len(origin.requests)) == (2, 1)


def test_a_connection_may_be_accepted_and_met_with_silence(origin: Origin) -> None:
    gate = threading.Event()
    origin.greet(Wait(gate))
    origin.serve("/a", File(CONTENT))
    with connect(origin) as client:
        send_request(client, "/a", "Connection: close")
        origin.wait_for(lambda origin: origin.held == 1)
        assert origin.requests == []
        gate.set()
        assert until_end(client)[0].endswith(CONTENT)


# --- The head lies ---


@pytest.mark.parametrize(
    ("lengths", "lines"),
    [
        ((2000,), [b"Content-Length: 2000"]),
        ((10,), [b"Content-Length: 10"]),
        ((1024, 1024), [b"Content-Length: 1024"] * 2),
        ((1024, 10), [b"Content-Length: 1024", b"Content-Length: 10"]),
        ((-5,), [b"Content-Length: -5"]),
        (("42s",), [b"Content-Length: 42s"]),
        ((), []),
    ],
)
def test_a_length_is_declared_as_told_and_the_body_comes_anyway(
    origin: Origin, lengths: tuple[int | str, ...], lines: list[bytes]
) -> None:
    received, was_reset = answer_bytes(origin, declared(File(CONTENT), *lengths))
    head, _, body = received.partition(b"\r\n\r\n")
    assert [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")] == lines
    assert (body, was_reset) == (CONTENT, False)


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        (lambda file: Misranged(file, shift=5), "bytes 15-24/1024"),
        (lambda file: Misranged(file, total=999), "bytes 10-19/999"),
        (lambda file: Misranged(file, total="*"), "bytes 10-19/*"),
        (lambda file: Misranged(file, unit="pages"), "pages 10-19/1024"),
        (lambda file: Amended(file, {"content-range": None}), None),
    ],
)
def test_a_content_range_may_lie(origin: Origin, lie: Callable[[File], Reply], told: str | None) -> None:
    origin.serve("/a", lie(File(CONTENT)))
    answer = ask(origin, "/a", Range="bytes=10-19")
    assert (answer.status, answer.headers["Content-Range"], answer.body) == (206, told, CONTENT[10:20])
    assert ask(origin, "/a").body == CONTENT


@pytest.mark.parametrize(
    ("asked", "heard", "status", "body"),
    [
        ("", "bytes=5-", 206, CONTENT[5:]),
        ("bytes=0-", "bytes=5-9", 206, CONTENT[5:10]),
        ("bytes=5-9", None, 200, CONTENT),
    ],
)
def test_a_range_may_be_misheard(origin: Origin, asked: str, heard: str | None, status: int, body: bytes) -> None:
    origin.serve("/a", Misheard(File(CONTENT), heard))
    answer = ask(origin, "/a", Range=asked)
    assert (answer.status, answer.body) == (status, body)


def test_ranges_may_be_ignored(origin: Origin) -> None:
    origin.serve("/a", File(CONTENT, ranges=False))
    answer = ask(origin, "/a", Range="bytes=5-9")
    assert (answer.status, answer.body, answer.headers["Accept-Ranges"]) == (200, CONTENT, None)


@pytest.mark.parametrize("status", [400, 403, 416, 501])
def test_ranges_may_be_refused(origin: Origin, status: int) -> None:
    origin.serve("/a", Rangeless(File(CONTENT), status))
    assert [ask(origin, "/a", Range="bytes=0-").status, ask(origin, "/a").status] == [status, 200]


@pytest.mark.parametrize("value", ['attachment; filename="../../etc/passwd"', b"attachment; filename=\xc4\xe3"])
def test_header_values_go_out_as_they_are(origin: Origin, value: str | bytes) -> None:
    received, _ = answer_bytes(origin, declared(File(b"", headers={"Content-Disposition": value})))
    assert (value if isinstance(value, bytes) else value.encode()) in received


def test_informational_answers_come_before_the_final_one(origin: Origin) -> None:
    reply = Interim(Interim(File(b"abc"), headers={"Link": "</a>"}), 102)
    received, _ = answer_bytes(origin, reply, "Connection: close")
    assert received.startswith(
        b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n"
    )


def test_nothing_need_follow_an_informational_answer(origin: Origin) -> None:
    received, _ = answer_bytes(origin, cut(Interim(File(b"abc"), 100), after=0, part=Part.HEAD))
    assert received == b"HTTP/1.1 100 Continue\r\n\r\n"


# --- The body is framed otherwise ---


def test_a_chunked_body_is_whole_and_has_no_length(origin: Origin) -> None:
    origin.serve("/a", Chunked(File(CONTENT), size=300))
    answer = ask(origin, "/a")
    assert (answer.body, answer.headers["Content-Length"]) == (CONTENT, None)


def test_a_chunked_body_may_lack_its_last_chunk(origin: Origin) -> None:
    received, _ = answer_bytes(origin, Chunked(cut(File(b"abc"), after=3)))
    assert received.endswith(b"\r\n\r\n3\r\nabc\r\n")


def test_a_chunk_size_may_be_garbage(origin: Origin) -> None:
    received, _ = answer_bytes(origin, Chunked(File(b"abc"), size_line=b"xyz"), "Connection: close")
    assert received.endswith(b"\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n")


def test_a_chunked_body_may_have_a_length_as_well(origin: Origin) -> None:
    origin.serve("/a", Chunked(File(CONTENT), keep_length=True))
    answer = ask(origin, "/a")
    assert (answer.body, answer.headers["Content-Length"]) == (CONTENT, "1024")


def test_a_single_range_may_come_as_multipart(origin: Origin) -> None:
    origin.serve("/a", Multipart(File(CONTENT), boundary="B"))
    answer = ask(origin, "/a", Range="bytes=65-67")
    assert (answer.status, answer.headers["Content-Range"]) == (206, None)
    assert answer.headers["Content-Type"] == "multipart/byteranges; boundary=B"
    part = b"Content-Type: application/octet-stream\r\nContent-Range: bytes 65-67/1024"
    assert answer.body == b"--B\r\n" + part + b"\r\n\r\nABC\r\n--B--\r\n"
    assert ask(origin, "/a").body == CONTENT


def test_a_body_may_be_compressed_unasked(origin: Origin) -> None:
    origin.serve("/a", gzipped(CONTENT))
    answer = ask(origin, "/a", Accept_Encoding="identity")
    assert (answer.headers["Content-Encoding"], gzip.decompress(answer.body)) == ("gzip", CONTENT)


# --- Not the file at all ---


def test_a_page_comes_in_place_of_the_file(origin: Origin) -> None:
    origin.serve("/a.iso", page())
    answer = ask(origin, "/a.iso", Range="bytes=0-")
    assert (answer.status, answer.headers.get_content_type()) == (200, "text/html")


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(origin: Origin, status: int) -> None:
    received, _ = answer_bytes(origin, Status(status, body=b"never"), "Connection: close")
    assert received.startswith(b"HTTP/1.1 %d " % status)
    assert received.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in received


def test_a_status_may_be_unknown(origin: Origin) -> None:
    received, _ = answer_bytes(origin, Status(520, body=b"odd"), "Connection: close")
    assert received == b"HTTP/1.1 520 \r\nContent-Length: 3\r\n\r\nodd"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_names_any_location(origin: Origin, status: int) -> None:
    origin.serve("/a", Redirect("ftp://elsewhere.invalid/b", status=status))
    answer = ask(origin, "/a")
    assert (answer.status, answer.headers["Location"]) == (status, "ftp://elsewhere.invalid/b")


def test_a_chain_redirects_so_often_and_then_replies(origin: Origin) -> None:
    origin.serve("/a", Chain(File(CONTENT), hops=3))
    target, hops = "/a", 0
    while (answer := ask(origin, target)).status == 302:
        target, hops = answer.headers["Location"], hops + 1
    assert (hops, answer.body, len(origin.requests_for("/a"))) == (3, CONTENT, 4)


@pytest.mark.parametrize(
    "data",
    [
        b"no head at all",
        b"HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
        b"HTTP/1.1 200 OK\r\ncolon-less\r\nX: \0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
    ],
    ids=["HTTP/0.9", "bare LF", "bad headers", "300 kB of headers"],
)
def test_raw_bytes_go_out_as_they_are(origin: Origin, data: bytes) -> None:
    assert answer_bytes(origin, Raw(data)) == (data, False)


def test_raw_bytes_have_no_head_to_alter() -> None:
    with pytest.raises(ValueError, match="no head"):
        steps(cut(Raw(b"x"), after=0))


def test_a_script_takes_its_steps_one_by_one(origin: Origin) -> None:
    script = Script((Head(200, (("Content-Length", "9"),), "Fine"), Send(b"abc"), Pause(0), Send(b"def"), Reset()))
    assert answer_bytes(origin, script) == (b"HTTP/1.1 200 Fine\r\nContent-Length: 9\r\n\r\nabcdef", True)


def test_any_step_may_interrupt() -> None:
    assert steps(Interrupted(File(b"ab"), Send(b"!"), after=1))[1:] == [Send(b"a"), Send(b"!"), Send(b"b")]


# --- TLS ---


def trusting(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.ca.configure_trust(context)
    return context


def handshake(origin: Origin, context: ssl.SSLContext, *, name: str = "localhost") -> ssl.SSLSocket:
    plain = connect(origin)
    try:
        return context.wrap_socket(plain, server_hostname=name, suppress_ragged_eofs=False)
    except OSError:
        plain.close()
        raise


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_good_certificate_is_believed(authority: Authority, tmp_path: Path, name: str) -> None:
    context = ssl.create_default_context(cafile=authority.ca_file(tmp_path))
    with Origin(tls=authority) as origin:
        assert origin.url("/a") == f"https://127.0.0.1:{origin.port}/a"
        origin.serve("/a", File(CONTENT))
        with handshake(origin, context, name=name) as client:
            send_request(client, "/a", "Connection: close")
            assert until_end(client)[0].endswith(CONTENT)


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (lambda authority: authority.wrong_host(), "mismatch"),
        (lambda authority: authority.expired(), "expired"),
        (lambda _authority: self_signed(), "self.signed"),
    ],
    ids=["wrong host", "expired", "self-signed"],
)
def test_a_bad_certificate_is_not_believed(
    authority: Authority, bad: Callable[[Authority], ssl.SSLContext], complaint: str
) -> None:
    with Origin(tls=bad(authority)) as origin:
        with pytest.raises(ssl.SSLCertVerificationError, match=complaint):
            handshake(origin, trusting(authority))
        assert origin.requests == []


def test_a_cut_over_tls_comes_with_close_notify(authority: Authority) -> None:
    with Origin(tls=authority) as origin, handshake(origin, trusting(authority)) as client:
        origin.serve("/a", cut(File(CONTENT), after=700))
        send_request(client, "/a")
        received, was_reset = until_end(client)
        assert received.endswith(b"\r\n\r\n" + CONTENT[:700])
        assert not was_reset


@pytest.mark.parametrize("size", [0, 700])
def test_a_cut_over_tls_may_come_without_close_notify(authority: Authority, size: int) -> None:
    with Origin(tls=authority) as origin, handshake(origin, trusting(authority)) as client:
        origin.serve("/a", cut(File(CONTENT), after=size, notify=False))
        send_request(client, "/a")
        received = b""
        while not received.endswith(b"\r\n\r\n" + CONTENT[:size]):
            received += client.recv(65536)
        with pytest.raises(ssl.SSLEOFError):
            client.recv(1)


def test_a_reset_over_tls_is_a_reset(authority: Authority) -> None:
    with Origin(tls=authority) as origin, handshake(origin, trusting(authority)) as client:
        origin.serve("/a", reset(File(CONTENT), after=700))
        send_request(client, "/a")
        with socket.socket(fileno=client.detach()) as below:  # the ssl module calls it an end of file
            below.settimeout(5)
            assert until_end(below)[1]


def test_a_big_body_over_tls_arrives_before_it_is_cut_off(authority: Authority) -> None:
    content = Generated(20_000_000)
    with Origin(tls=authority) as origin, handshake(origin, trusting(authority)) as client:
        origin.serve("/a", cut(File(content), after=10_000_000, notify=False))
        send_request(client, "/a")
        body = client.makefile("rb")
        while body.readline() != b"\r\n":
            pass
        received = hashlib.sha256(body.read(10_000_000)).hexdigest()
        body.close()
    assert received == Generated(10_000_000).sha256()


@pytest.mark.parametrize("greeting", [Close(), Reset()])
def test_a_connection_may_be_dropped_before_its_handshake(authority: Authority, greeting: Close | Reset) -> None:
    with Origin(tls=authority) as origin:
        origin.greet(greeting)
        assert dropped(origin) == (b"", greeting == Reset())
        handshake(origin, trusting(authority)).close()
