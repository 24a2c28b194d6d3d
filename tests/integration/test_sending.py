"""Downloads behind a POST: one stream, never resumed, and never sent twice by themselves."""

import socket
import threading
import time

import pytest

import rheo
from origin import Closed, File, Generated, Origin, Redirect, Reset, Status, cut, reset, stalled

QUICK = rheo.RetryPolicy(base=0.001, ceiling=0.002)
FORM = b"a=b&c=d"
SENT_ONCE = "the POST was sent, so it is not tried again by itself"


def content(size=100_000, seed=1):
    return Generated(size, seed).read(0, size)


def post(url, downloads, settings=None, **wishes):
    wishes.setdefault("data", FORM)
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=QUICK, **(settings or {})) as manager:
        return manager.add(url, **wishes).wait()


def seen(origin):
    return [(request.method, request.path, request.body) for request in origin.requests]


def test_data_goes_by_post_without_a_range_and_its_answer_is_the_file(origin, downloads):
    origin.serve("/report", File(content(3_000_000), etag='"one"'))

    result = post(origin.url("/report"), downloads)

    (request,) = origin.requests
    assert (request.method, request.body) == ("POST", FORM)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["content-length"] == str(len(FORM))
    assert not {"range", "if-range"} & request.headers.keys()
    assert result.path.read_bytes() == content(3_000_000)


def test_much_data_is_sent_at_once_without_asking_whether_it_may(origin, downloads):
    """libcurl would wait a second for a 100 that few servers send."""
    origin.serve("/report", File(content()))

    result = post(origin.url("/report"), downloads, data=bytes(2_000_000))

    (request,) = origin.requests
    assert len(request.body) == 2_000_000
    assert "expect" not in request.headers
    assert result.size == 100_000


def test_the_method_may_be_another_one_and_the_data_absent(origin, downloads):
    origin.serve("/report", File(content()))

    post(origin.url("/report"), downloads, method="PUT", data=b"x", headers={"Content-Type": "text/plain"})
    post(origin.url("/report"), downloads, method="POST", data=None)

    assert seen(origin) == [("PUT", "/report", b"x"), ("POST", "/report", b"")]
    assert origin.requests[0].headers["content-type"] == "text/plain"


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_after_a_post_is_asked_by_get_without_the_data(origin, downloads, status):
    origin.serve("/form", Redirect("/done.bin", status=status))
    origin.serve("/done.bin", File(content()))

    result = post(origin.url("/form"), downloads, headers={"Content-Language": "en", "X-Key": "k"})

    assert seen(origin) == [("POST", "/form", FORM), ("GET", "/done.bin", b"")]
    assert [request.headers.get("content-language") for request in origin.requests] == ["en", None]
    assert [request.headers["x-key"] for request in origin.requests] == ["k", "k"]
    assert "content-type" not in origin.requests[1].headers
    assert result.path.read_bytes() == content()


@pytest.mark.parametrize("status", [307, 308])
def test_these_redirects_keep_the_data_within_the_origin(origin, downloads, status):
    origin.serve("/form", Redirect("/other", status=status))
    origin.serve("/other", File(content()))

    post(origin.url("/form"), downloads)

    assert seen(origin) == [("POST", "/form", FORM), ("POST", "/other", FORM)]


def test_data_goes_to_no_other_origin(origin, downloads):
    with Origin() as other:
        other.serve("/other", File(content()))
        origin.serve("/form", Redirect(other.url("/other"), status=307))

        with pytest.raises(rheo.RedirectError, match=f"redirects a POST to {other.url('')}"):
            post(origin.url("/form"), downloads)
        assert other.requests == []

        post(origin.url("/form"), downloads, settings={"location_trusted": True})
        assert seen(other) == [("POST", "/other", FORM)]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Status(503, headers={"Retry-After": "0"}), "http_status"),
        (cut(File(content()), after=0), "truncated_body"),
        (cut(File(content(), ranges=False, etag='"one"'), after=50_000), "truncated_body"),
        (reset(File(content()), after=50_000), "connection_lost"),
    ],
    ids=["busy", "cut at once", "cut", "reset"],
)
def test_what_fails_after_it_was_sent_is_not_tried_again(origin, downloads, reply, code):
    origin.serve("/report", [reply, File(content())])

    with pytest.raises(rheo.RheoError, match=SENT_ONCE) as raised:
        post(origin.url("/report"), downloads, settings={"retry_on": "503, truncated_body, connection_lost"})

    assert raised.value.code == code
    assert len(origin.requests) == 1
    assert list(downloads.iterdir()) == []


def test_what_fails_before_it_was_sent_is_tried_again(origin, downloads, authority, ca_file):
    with Origin(tls=authority) as secure:
        secure.greet(Reset(), Reset())
        secure.serve("/report", File(content()))

        result = post(secure.url("/report"), downloads, settings={"ca_file": ca_file})

        assert len(secure.requests) == 1
        assert result.size == 100_000


def two_addresses(port):
    """Return a URL of a host with two addresses, and the settings that say so."""
    where = f"two.example:{port}"
    return f"{where}/report", {"resolve": [f"{where}:127.0.0.1", f"{where}:127.0.0.2"]}


def test_an_address_that_refuses_is_left_for_another_one(downloads):
    with Origin(host="127.0.0.2") as origin:
        origin.serve("/report", File(content()))
        place, settings = two_addresses(origin.port)

        result = post(f"http://{place}", downloads, settings=settings)

        assert (result.address, result.size) == ("127.0.0.2", 100_000)
        assert seen(origin) == [("POST", "/report", FORM)]


def test_an_address_that_speaks_no_tls_got_nothing_so_that_another_one_is_asked(downloads, authority, ca_file):
    with Origin(host="127.0.0.2", tls=authority.context("two.example")) as origin:
        origin.serve("/report", File(content()))
        place, settings = two_addresses(origin.port)
        with socket.create_server(("127.0.0.1", origin.port)):
            more = {"ca_file": ca_file, "tls_timeout": 0.3}
            result = post(f"https://{place}", downloads, settings=settings | more)

        assert result.address == "127.0.0.2"
        assert seen(origin) == [("POST", "/report", FORM)]


def test_an_address_that_took_the_data_and_stays_silent_is_not_left_for_another_one(downloads):
    with Origin(host="127.0.0.2") as origin:
        origin.serve("/report", File(content()))
        place, settings = two_addresses(origin.port)
        with socket.create_server(("127.0.0.1", origin.port)) as silent:
            with pytest.raises(rheo.FirstByteTimeoutError, match=SENT_ONCE):
                post(f"http://{place}", downloads, settings=settings | {"first_byte_timeout": 0.3})
            taken, _ = silent.accept()
            with taken:
                assert FORM in taken.recv(4096)
            silent.settimeout(0)
            with pytest.raises(BlockingIOError):  # nobody came twice
                silent.accept()

        assert origin.requests == []


def test_a_redirect_that_leads_nowhere_is_not_tried_again_from_the_post_on(origin, downloads):
    with Origin() as gone:
        origin.serve("/form", Redirect(gone.url("/x"), status=303))
    with pytest.raises(rheo.ConnectError, match=SENT_ONCE):
        post(origin.url("/form"), downloads)
    assert len(origin.requests) == 1


def test_it_never_goes_over_a_connection_that_may_be_dead(origin, downloads):
    """A server that closes while we send leaves open whether it took the data: so nothing is sent there."""
    origin.serve("/warm", Closed(File(b"x")))
    origin.serve("/report", File(content()))
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=QUICK) as manager:
        manager.add(origin.url("/warm")).wait()
        manager.add(origin.url("/report"), data=FORM).wait()

    assert len(origin.requests_for("/report")) == 1
    assert origin.connections == 2


def test_it_is_not_sent_again_over_a_connection_that_was_kept(origin, downloads):
    def silent_end(request):
        return cut(File(b"x"), after=0)(request) if request.method == "POST" else File(b"x")(request)

    origin.serve("/a", silent_end)
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=QUICK) as manager:
        manager.add(origin.url("/a")).wait()
        with pytest.raises(rheo.RheoError, match=SENT_ONCE):
            manager.add(origin.url("/a"), data=FORM, output="b").wait()
    assert [request.method for request in origin.requests] == ["GET", "POST"]


def test_neither_a_part_of_a_get_nor_one_of_its_own_is_gone_on_with(origin, downloads):
    origin.serve("/a.bin", [cut(File(content(), etag='"one"'), after=80_000)])
    with pytest.raises(rheo.TruncatedBodyError):
        rheo.download(origin.url("/a.bin"), directory=downloads, retry=0)
    assert [path.name for path in downloads.iterdir() if path.suffix == ".part"] == ["a.bin.part"]
    origin.serve("/a.bin", File(content(seed=2), etag='"one"'))

    result = post(origin.url("/a.bin"), downloads)

    assert (result.resumed, result.path.read_bytes()) == (0, content(seed=2))
    assert "range" not in origin.requests[-1].headers


def test_a_part_under_the_name_that_the_answer_tells_does_not_have_it_sent_twice(origin, downloads):
    named = {"Content-Disposition": 'attachment; filename="a.bin"'}
    origin.serve("/x", [cut(File(content(), etag='"one"', headers=named), after=80_000)])
    with pytest.raises(rheo.TruncatedBodyError):
        rheo.download(origin.url("/x"), directory=downloads, retry=0)
    origin.serve("/x", File(content(seed=2), etag='"one"', headers=named))

    result = post(origin.url("/x"), downloads)

    assert len(origin.requests) == 2
    assert result.path.read_bytes() == content(seed=2)


def test_a_part_to_resume_from_contradicts_data(origin, downloads):
    downloads.mkdir()
    part = downloads / "a.part"
    part.write_bytes(b"x")
    with pytest.raises(rheo.UsageError, match="comes in one stream"):
        post(origin.url("/a"), downloads, resume_from=part)
    assert origin.requests == []


def test_connections_of_all_downloads_are_not_for_it(origin, downloads):
    origin.serve("/a", File(content(3_000_000), etag='"one"'))

    result = post(origin.url("/a"), downloads, settings={"connections": 4, "segment_size": "1M"})

    assert result.path.read_bytes() == content(3_000_000)
    assert len(origin.requests) == 1


def test_connections_of_its_own_contradict_data(origin, downloads):
    for several in ({"connections": 4}, {"segment_size": "1M"}):
        with pytest.raises(rheo.UsageError, match="comes in one stream"):
            rheo.download(origin.url("/a"), directory=downloads, data=FORM, **several)
    assert origin.requests == []


def test_a_post_that_is_stopped_leaves_no_part(origin, downloads):
    origin.serve("/a", stalled(File(content(3_000_000)), after=2_000_000))

    with pytest.raises(rheo.TimeLimitError):
        post(origin.url("/a"), downloads, settings={"max_time": 0.5})

    assert list(downloads.iterdir()) == []


UPLOAD = 16_000_000
"""Bytes; more than the systems on both sides take in before they are read."""


def read_slowly(listener):
    """Take one request's data at 8 MB/s, and answer."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as sent:
        while sent.readline() != b"\r\n":
            pass
        for _ in range(UPLOAD // 80_000):
            sent.read(80_000)
            time.sleep(0.01)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def test_an_answer_is_waited_for_from_when_the_data_has_been_sent(downloads):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        reader = threading.Thread(target=read_slowly, args=(listener,))
        reader.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/a"
        result = post(url, downloads, {"first_byte_timeout": 1.0}, data=bytes(UPLOAD))
        reader.join()

    assert result.size == 2
    assert result.seconds > 1.5


def test_data_that_nobody_takes_is_not_sent_for_ever(downloads):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/a"
        with pytest.raises(rheo.FirstByteTimeoutError, match=r"no answer within 0\.5 s"):
            post(url, downloads, {"first_byte_timeout": 0.5}, data=bytes(UPLOAD))
