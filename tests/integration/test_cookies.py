"""Which cookies a request carries: those that were given, those of a file, and those that answers set."""

import subprocess
import sys
import threading

import publicsuffixlist
import pytest

import rheo
from origin import File, Origin, Redirect


def fetch(url, downloads, settings=None, **wishes):
    with rheo.sync.DownloadManager(directory=downloads, **(settings or {})) as manager:
        return manager.add(url, **wishes).wait()


def cookie_lines(request):
    return [value for name, value in request.raw if name.lower() == "cookie"]


@pytest.fixture
def then(origin):
    """Serve a redirect that sets a cookie, and the file that it leads to."""

    def serve(cookie):
        origin.serve("/a", Redirect("/b", headers={"Set-Cookie": cookie}))
        origin.serve("/b", File(b"x"))

    return serve


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"Cookie": "a=1; b=2"}},
        {"headers": {"cookie": "a=1; b=2;"}},
        {"headers": {"Cookie": "a=1"}, "cookies": {"b": "2"}},
        {"public_headers": {"Cookie": "a=1"}, "cookies": {"b": "2"}},
    ],
)
def test_all_cookies_go_in_one_line(origin, downloads, then, given):
    """RFC 6265bis, 5.8.1: a request has one Cookie field at the most."""
    then("c=3; Path=/")

    fetch(origin.url("/a"), downloads, **given)

    first, second = origin.requests
    assert cookie_lines(first) == ["a=1; b=2"]
    assert cookie_lines(second) == ["a=1; b=2; c=3"]


@pytest.mark.parametrize("given", [{"headers": {"Cookie": "sid=old; a=1"}}, {"cookies": {"sid": "old", "a": "1"}}])
def test_a_cookie_that_was_given_makes_way_for_the_one_that_the_server_sets(origin, downloads, then, given):
    then("sid=new; Path=/")

    fetch(origin.url("/a"), downloads, **given)

    assert cookie_lines(origin.requests[1]) == ["a=1; sid=new"]


def test_it_stays_where_the_other_one_does_not_go(origin, downloads, then):
    then("sid=new; Path=/account")

    fetch(origin.url("/a"), downloads, cookies={"sid": "old"})

    assert cookie_lines(origin.requests[1]) == ["sid=old"]


def test_it_goes_before_one_of_its_name_out_of_a_file(origin, downloads, then, tmp_path):
    (tmp_path / "cookies.txt").write_text(
        "127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\tkept\n127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1\n"
    )
    then("sid=new; Path=/")

    fetch(origin.url("/a"), downloads, {"cookies": tmp_path / "cookies.txt"}, cookies={"sid": "given"})

    first, second = origin.requests
    assert cookie_lines(first) == ["sid=given; a=1"]
    assert cookie_lines(second) == ["sid=new; a=1"]


def test_cookies_given_as_a_browser_sends_them_are_sent_as_they_are(origin, downloads):
    """Two of one name are of two paths, and no length is too much: it is the user who says so."""
    origin.serve("/a", File(b"x"))
    line = f"sid=1; sid=2; =odd; bare; b={'x' * 10_000}"

    fetch(origin.url("/a"), downloads, headers={"Cookie": line})

    assert cookie_lines(origin.requests[0]) == [line]


def test_a_cookie_header_without_a_value_leaves_them_all_out(origin, downloads, then):
    then("sid=new; Path=/")

    fetch(origin.url("/a"), downloads, headers={"Cookie": ""})

    assert [cookie_lines(request) for request in origin.requests] == [[], []]


def test_a_cookie_for_a_whole_domain_goes_to_its_hosts_and_none_is_for_a_public_suffix(authority, downloads, ca_file):
    names = ("a.example.co.uk", "b.example.co.uk")
    with Origin(tls=authority.context(*names)) as origin:
        settings = {"ca_file": ca_file, "resolve": [f"{name}:{origin.port}:127.0.0.1" for name in names]}
        first, second = (f"https://{name}:{origin.port}" for name in names)
        both = "s=1; Domain=example.co.uk; Path=/", "t=2; Domain=co.uk; Path=/"
        origin.serve("/a", Redirect(f"{second}/b", headers={"Set-Cookie": list(both)}))
        origin.serve("/b", Redirect(f"{first}/c"))
        origin.serve("/c", File(b"x"))

        fetch(f"{first}/a", downloads, settings)

    assert [cookie_lines(request) for request in origin.requests] == [[], [], ["s=1"]]


def test_the_list_of_public_suffixes_is_read_on_another_thread_and_once(origin, downloads, monkeypatch):
    readers, really = [], publicsuffixlist.PublicSuffixList

    def reading():
        readers.append(threading.current_thread().name)
        return really()

    monkeypatch.setattr(publicsuffixlist, "PublicSuffixList", reading)
    origin.serve("/a", File(b"x", headers={"Set-Cookie": "a=1; Domain=example.org"}))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        for handle in [manager.add(origin.url(f"/a?{number}")) for number in range(3)]:
            handle.wait()

    assert len(readers) == 1
    assert "engine" not in readers[0]


def test_it_is_not_read_where_no_answer_names_a_domain(origin, downloads):
    origin.serve("/a", File(b"x", headers={"Set-Cookie": "a=1; Path=/"}))
    script = f"""if True:
        import sys, rheo
        rheo.download({origin.url("/a")!r}, directory={str(downloads)!r})
        print("publicsuffixlist" in sys.modules)
    """

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False"]
