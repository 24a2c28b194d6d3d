"""What goes to a new link of what was given for the old one."""

from pathlib import Path

from rheo.domain.download import DownloadRequest
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.link import Link
from rheo.domain.login import Login
from rheo.domain.secret import Secret
from rheo.domain.url import parse_url
from rheo.engine.retries.healing import request_by_link

LOGIN = Login("ann", Secret("opensesame"))
GIVEN = HttpWishes(
    headers=(("X-Key", "one"), ("X-Other", "two")),
    public_headers=(("X-Public", "three"),),
    cookies=(("a", "b"),),
    login=LOGIN,
    insecure=True,
)


def request(link):
    return DownloadRequest(url=parse_url("https://a.example/a"), directory=Path(), http=GIVEN, link=link)


def test_without_a_link_nothing_is_another():
    plain = request(None)
    assert request_by_link(plain) is plain


def test_at_the_same_origin_all_goes_along_but_what_the_link_has_anew():
    sent = request_by_link(request(Link(url=parse_url("https://a.example/b?x=1"), headers=(("x-key", "new"),))))

    assert sent.url.text == "https://a.example/b?x=1"
    assert sent.http.headers == (("X-Other", "two"), ("x-key", "new"))
    assert (sent.http.login, sent.http.cookies, sent.http.insecure) == (LOGIN, (("a", "b"),), True)


def test_another_origin_sees_nothing_but_what_is_public_and_what_is_the_links():
    for elsewhere in ("https://b.example/a", "http://a.example/a", "https://a.example:444/a"):
        sent = request_by_link(request(Link(url=parse_url(elsewhere), headers=(("X-New", "new"),))))

        assert sent.http == HttpWishes(headers=(("X-New", "new"),), public_headers=(("X-Public", "three"),))


def test_a_new_login_takes_the_place_of_the_old_one_however_it_is_said():
    other = Login("bob", Secret("sesame"))
    here = parse_url("https://a.example/a")

    assert request_by_link(request(Link(url=here, login=other))).http.login == other
    shown = request_by_link(request(Link(url=here, headers=(("Authorization", "Bearer x"),))))
    assert (shown.http.login, shown.http.headers[-1]) == (None, ("Authorization", "Bearer x"))
