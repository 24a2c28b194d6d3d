"""TLS and versions of HTTP: whom we trust, what we insist on, and what is remembered of a host."""

import base64
import hashlib
import json
import socket
import ssl
import stat
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import rheo
from integration.servers.application import body
from origin import Authority, File, Generated, Origin, Redirect, Status, self_signed

NEVER = rheo.RetryPolicy(attempts=0)
FOR_A_DAY = {"Strict-Transport-Security": "max-age=86400"}


def content(size=100_000, seed=1):
    return Generated(size, seed).read(0, size)


def fetch(url, downloads, settings=None, **wishes):
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER, **(settings or {})) as manager:
        return manager.add(url, **wishes).wait()


@pytest.fixture
def secure(authority):
    with Origin(tls=authority) as origin:
        origin.serve("/a", File(content()))
        yield origin


@pytest.fixture
def stranger():
    """A server whose certificate nobody vouches for."""
    with Origin(tls=self_signed()) as origin:
        origin.serve("/a", File(content()))
        yield origin


# --- whom we trust


def test_nobody_is_trusted_but_who_is_vouched_for(secure, downloads, ca_file):
    with pytest.raises(rheo.CertificateError, match=f"https://127.0.0.1:{secure.port}: "):
        fetch(secure.url("/a"), downloads)
    assert fetch(secure.url("/a"), downloads, {"ca_file": ca_file}).insecure is False
    assert len(secure.requests) == 1


@pytest.mark.parametrize(
    ("flaw", "words"),
    [("wrong_host", "is for another host; rheo info --insecure shows"), ("expired", "has expired; --insecure")],
)
def test_a_certificate_with_a_flaw_is_not_accepted_and_the_flaw_is_said(authority, downloads, ca_file, flaw, words):
    with Origin(tls=getattr(authority, flaw)()) as origin, pytest.raises(rheo.CertificateError, match=words):
        fetch(origin.url("/a"), downloads, {"ca_file": ca_file})


@contextmanager
def shaking(context):
    """Serve one handshake with the alerts that belong to it; yield the port."""

    def serve():
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.settimeout(10)
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def test_a_server_that_wants_a_client_certificate_is_said_to_and_not_asked_again(authority, downloads, ca_file):
    context = authority.context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # with 1.3 its alert may come too late to be heard
    authority.ca.configure_trust(context)
    with shaking(context) as port, pytest.raises(rheo.TlsError, match=r"refused the handshake: .*--cert") as raised:
        fetch(f"https://127.0.0.1:{port}/a", downloads, {"ca_file": ca_file})
    assert not raised.value.transient


def test_a_server_that_speaks_no_version_that_is_allowed_is_said_to(authority, downloads, ca_file):
    context = authority.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with shaking(context) as port, pytest.raises(rheo.TlsError, match=r"no version of TLS .*--tls-min"):
        fetch(f"https://127.0.0.1:{port}/a", downloads, {"ca_file": ca_file, "tls_min": "1.3"})


def test_a_server_of_another_issuer_is_said_to_be_that(downloads, ca_file):
    with (
        Origin(tls=Authority()) as origin,
        pytest.raises(rheo.CertificateError, match=r"issuer is not known.*--ca-file"),
    ):
        fetch(origin.url("/a"), downloads, {"ca_file": ca_file})


def test_a_folder_of_certificates(secure, authority, downloads, tmp_path):
    folder = tmp_path / "zertifikäte"
    folder.mkdir()
    authority.ca_file(folder)
    with pytest.raises(rheo.CertificateError):
        fetch(secure.url("/a"), downloads, {"ca_dir": folder})
    subprocess.run(["openssl", "rehash", str(folder)], check=True, capture_output=True)

    assert fetch(secure.url("/a"), downloads, {"ca_dir": folder}).size == 100_000


def test_a_file_of_certificates_that_is_none(secure, downloads, tmp_path):
    (tmp_path / "rubbish.pem").write_text("rubbish")
    with pytest.raises(rheo.SettingsError, match="certificate"):
        fetch(secure.url("/a"), downloads, {"ca_file": tmp_path / "rubbish.pem"})
    with pytest.raises(rheo.SettingsError, match=r"absent\.pem: cannot be read"):
        fetch(secure.url("/a"), downloads, {"ca_file": tmp_path / "absent.pem"})
    assert secure.requests == []


# --- what we insist on


def pin_of(pem):
    key = x509.load_pem_x509_certificate(pem).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return f"sha256//{base64.b64encode(digest).decode()}"


def test_a_pinned_key(nginx, downloads, ca_file):
    server = nginx()
    server.publish("a", content())
    right = pin_of((server.folder / "server.pem").read_bytes())
    wrong = f"sha256//{base64.b64encode(bytes(32)).decode()}"
    url, trust = f"https://localhost:{server.secure}/a", {"ca_file": ca_file}

    assert fetch(url, downloads, {**trust, "pinned_pubkey": right}).size == 100_000
    assert fetch(url, downloads, {**trust, "pinned_pubkey": f"{wrong};{right}"}).size == 100_000
    with pytest.raises(rheo.CertificateError, match="pinned") as raised:
        fetch(url, downloads, {**trust, "pinned_pubkey": wrong})
    assert raised.value.code == "certificate_rejected"
    with pytest.raises(rheo.CertificateError):
        fetch(url, downloads, {"pinned_pubkey": right})  # it does not stand for trust


@pytest.mark.parametrize("pin", ["sha256//short", "sha1//x", ""])
def test_a_pin_that_is_none(downloads, pin):
    with pytest.raises(rheo.SettingsError, match="pinned_pubkey"):
        fetch("https://localhost/", downloads, {"pinned_pubkey": pin})


def test_the_least_version_of_tls(nginx, downloads, ca_file):
    server = nginx(tls="TLSv1.2", http2=False)
    server.publish("a", content())
    url = f"https://localhost:{server.secure}/a"

    assert fetch(url, downloads, {"ca_file": ca_file}).size == 100_000
    with pytest.raises(rheo.TlsError):
        fetch(url, downloads, {"ca_file": ca_file, "tls_min": "1.3"})


# --- insecure


def test_insecure_accepts_the_certificate_of_the_urls_origin_and_says_so(stranger, downloads):
    with pytest.raises(rheo.CertificateError):
        fetch(stranger.url("/a"), downloads)
    result = fetch(stranger.url("/a"), downloads, insecure=True)
    assert result.insecure is True
    with pytest.raises(rheo.CertificateError):
        fetch(stranger.url("/a"), downloads)


@pytest.mark.parametrize("trusted", [False, True])
def test_insecure_is_for_no_other_origin(stranger, downloads, trusted):
    with Origin(tls=self_signed()) as first:
        first.serve("/a", Redirect(stranger.url("/a")))
        with pytest.raises(rheo.CertificateError, match=f"https://127.0.0.1:{stranger.port}: "):
            fetch(first.url("/a"), downloads, {"location_trusted": trusted}, insecure=True)
        assert len(first.requests) == 1
    assert stranger.requests == []


def test_insecure_says_nothing_where_nothing_was_encrypted(origin, downloads):
    origin.serve("/a", File(content()))
    assert fetch(origin.url("/a"), downloads, insecure=True).insecure is False


def test_insecure_downloads_do_not_lend_their_connections(stranger, downloads):
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER) as manager:
        manager.add(stranger.url("/a"), insecure=True).wait()
        with pytest.raises(rheo.CertificateError):
            manager.add(stranger.url("/a"), output="b").wait()
    assert len(stranger.requests) == 1


def test_who_is_not_verified_may_not_speak_for_the_host(downloads, home):
    with Origin(tls=self_signed()) as origin:
        origin.serve("/a", File(content(), headers={**FOR_A_DAY, "Alt-Svc": 'h3=":1"'}))
        fetch(f"https://localhost:{origin.port}/a", downloads, insecure=True)
    assert not (home / ".rheo" / "hsts.json").exists()
    assert not (home / ".rheo" / "alt-svc.json").exists()


# --- versions of HTTP


def test_http_2_by_name(nginx, downloads, ca_file):
    server = nginx()
    server.publish("a", content(6_000_000))
    settings = {"ca_file": ca_file, "http_version": "2"}

    result = fetch(f"https://localhost:{server.secure}/a", downloads, settings)

    assert result.http_version == "2"
    assert result.path.read_bytes() == content(6_000_000)
    assert "HTTP/1.1" not in server.log.text()


def test_the_version_of_the_first_answer_is_told_beside_that_of_the_last(nginx, secure, downloads, ca_file):
    server = nginx()
    server.publish("a", content())
    secure.serve("/to", Redirect(f"https://localhost:{server.secure}/a"))

    result = fetch(secure.url("/to"), downloads, {"ca_file": ca_file, "http_version": "2"})

    assert (result.first_http_version, result.http_version) == ("1.1", "2")


def test_http_1_1_by_name_even_for_many(nginx, downloads, ca_file):
    server = nginx()
    for number in range(5):
        server.publish(f"{number}", b"x")
    with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file, http_version="1.1") as manager:
        handles = manager.add_many([f"https://localhost:{server.secure}/{number}" for number in range(5)])
        assert {handle.wait().http_version for handle in handles} == {"1.1"}


def test_http_2_falls_back_where_it_is_not_spoken(secure, origin, downloads, ca_file):
    origin.serve("/a", File(content()))
    settings = {"ca_file": ca_file, "http_version": "2"}
    assert fetch(secure.url("/a"), downloads, settings).http_version == "1.1"
    assert fetch(origin.url("/a"), downloads, settings).http_version == "1.1"


def test_http_3(hypercorn, downloads, ca_file):
    server = hypercorn()
    settings = {"ca_file": ca_file, "http_version": "3"}

    result = fetch(f"https://localhost:{server.secure}/ranged/3000000", downloads, settings)

    assert result.http_version == "3"
    assert result.path.read_bytes() == body(3_000_000).read(0, 3_000_000)


def test_http_3_falls_back_where_it_is_not_spoken(secure, origin, downloads, ca_file):
    origin.serve("/a", File(content()))
    settings = {"ca_file": ca_file, "http_version": "3"}
    assert fetch(secure.url("/a"), downloads, settings).http_version == "1.1"
    assert fetch(origin.url("/a"), downloads, settings).http_version == "1.1"


def test_a_place_that_speaks_http_3_is_noted_and_used_by_the_next_run(hypercorn, downloads, ca_file, authority, home):
    server = hypercorn()
    path = "/ranged/100000"
    with Origin(tls=authority) as first:
        first.serve(path, File(b"over TCP", headers={"Alt-Svc": f'h3=":{server.secure}"; ma=3600'}))
        url = f"https://localhost:{first.port}{path}"
        settings = {"ca_file": ca_file, "http_version": "3"}
        fetch(url, downloads, {"ca_file": ca_file})
        note = home / ".rheo" / "alt-svc.json"
        assert stat.S_IMODE(note.stat().st_mode) == 0o600

        result = fetch(url, downloads, settings)

        assert (result.http_version, result.size) == ("3", 100_000)
        assert result.final_url == url
        assert len(first.requests) == 1
        assert fetch(url, downloads, {"ca_file": ca_file}).http_version == "1.1"


@pytest.mark.parametrize("wishes", [{}, {"data": "a=b"}])
def test_a_place_that_says_it_is_the_wrong_one_is_forgotten_and_the_origin_asked(
    hypercorn, downloads, ca_file, authority, wishes
):
    server = hypercorn()
    with Origin(tls=authority) as first:
        noting = File(content(), headers={"Alt-Svc": f'h3=":{server.secure}"; ma=3600'})
        first.serve("/misdirected", [noting, File(content())])
        url = f"https://localhost:{first.port}/misdirected"
        settings = {"ca_file": ca_file, "http_version": "3", "on_exists": "overwrite"}
        fetch(url, downloads, {"ca_file": ca_file})

        results = [fetch(url, downloads, settings, **wishes) for _ in range(2)]

        assert [(result.http_version, result.size) for result in results] == [("1.1", 100_000)] * 2
        assert len(first.requests) == 3
        assert server.log.text().count("/misdirected") == 1
        assert max(result.seconds for result in results) < 10


def test_an_origin_that_says_it_is_the_wrong_one_is_believed(downloads, ca_file, secure):
    secure.serve("/a", Status(421))
    with pytest.raises(rheo.HttpStatusError, match=r"421: .*another"):
        fetch(secure.url("/a"), downloads, {"ca_file": ca_file})
    assert len(secure.requests) == 1


def test_a_place_that_no_longer_serves_costs_nothing_but_a_try(downloads, ca_file, authority):
    with Origin(tls=authority) as first:
        first.serve("/a", File(content(), headers={"Alt-Svc": 'h3=":9"; ma=3600'}))
        url = f"https://localhost:{first.port}/a"
        settings = {"ca_file": ca_file, "http_version": "3"}
        fetch(url, downloads, settings)

        assert fetch(url, downloads, settings).http_version == "1.1"


# --- what a host says of itself


def test_a_host_that_wants_https_gets_it_in_the_next_run(authority, downloads, ca_file, home):
    with Origin(tls=authority) as origin:
        origin.serve("/a", File(content(), headers=FOR_A_DAY))
        fetch(f"https://localhost:{origin.port}/a", downloads, {"ca_file": ca_file})
        note = home / ".rheo" / "hsts.json"
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert "localhost" in json.dumps(note.read_text())

        result = fetch(f"http://localhost:{origin.port}/a", downloads, {"ca_file": ca_file}, headers={"X-Key": "k"})

        assert result.final_url == f"https://localhost:{origin.port}/a"
        assert origin.requests[-1].headers["x-key"] == "k"


def test_an_error_says_why_https_was_asked(secure, origin, downloads, ca_file):
    secure.serve("/noted", File(content(), headers=FOR_A_DAY))
    origin.serve("/a", File(content()))
    fetch(f"https://localhost:{secure.port}/noted", downloads, {"ca_file": ca_file})

    with pytest.raises(rheo.NetworkError) as raised:
        fetch(f"http://localhost:{origin.port}/a", downloads, {"ca_file": ca_file, "tls_timeout": 1})

    why = "https was asked, as the host said in an earlier answer that it wants no http (HSTS)"
    assert raised.value.message.startswith(f"https://localhost:{origin.port}: ")
    assert raised.value.message.count(why) == 1


def test_a_redirect_to_such_a_host_over_http_leads_to_https(secure, downloads, ca_file):
    """RFC 6797, 8.3: it is no redirect to what is not encrypted."""
    secure.serve("/noted", File(content(), headers=FOR_A_DAY))
    fetch(f"https://localhost:{secure.port}/noted", downloads, {"ca_file": ca_file})
    secure.serve("/old", Redirect(f"http://localhost:{secure.port}/a"))

    result = fetch(secure.url("/old"), downloads, {"ca_file": ca_file})

    assert result.final_url == f"https://localhost:{secure.port}/a"
    assert [redirect.url for redirect in result.redirects] == [result.final_url]


def test_a_host_may_say_so_with_the_redirect_itself(secure, downloads, ca_file):
    here = f"localhost:{secure.port}"
    secure.serve("/old", Redirect(f"http://{here}/a", headers=FOR_A_DAY))

    assert fetch(f"https://{here}/old", downloads, {"ca_file": ca_file}).final_url == f"https://{here}/a"


def test_a_redirect_to_plain_http_of_another_host_is_told_by_info_and_not_followed(secure, origin, ca_file):
    secure.serve("/old", Redirect("/older"))
    secure.serve("/older", Redirect(origin.url("/a")))

    known = rheo.probe(secure.url("/old"), ca_file=ca_file)

    assert isinstance(known.error, rheo.RedirectError)
    assert "not encrypted" in known.error.message
    assert [redirect.url for redirect in known.redirects] == [secure.url("/older")]
    assert origin.requests == []


def test_such_a_host_is_reached_as_https_is_from_the_lookup_on(authority, downloads, ca_file):
    with Origin(tls=authority) as origin:
        origin.serve("/a", File(content(), headers=FOR_A_DAY))
        fetch(f"https://localhost:{origin.port}/a", downloads, {"ca_file": ca_file})

        settings = {"ca_file": ca_file, "proxy_http": "http://nowhere.invalid:3128"}
        assert fetch(f"http://localhost:{origin.port}/a", downloads, settings).proxy is None


def test_a_redirect_to_such_a_host_goes_over_https_too(authority, origin, downloads, ca_file):
    with Origin(tls=authority) as secure:
        secure.serve("/a", File(content(), headers=FOR_A_DAY))
        fetch(f"https://localhost:{secure.port}/a", downloads, {"ca_file": ca_file})
        origin.serve("/b", Redirect(f"http://localhost:{secure.port}/a"))

        assert fetch(origin.url("/b"), downloads, {"ca_file": ca_file}).final_url.startswith("https://")


# --- where it goes


def test_a_given_address_is_not_looked_up(secure, downloads, ca_file, authority):
    with Origin(tls=authority.context("files.example")) as origin:
        origin.serve("/a", File(content()))
        given = f"files.example:{origin.port}:127.0.0.1"
        result = fetch(f"https://files.example:{origin.port}/a", downloads, {"ca_file": ca_file, "resolve": [given]})
        assert origin.requests[0].headers["host"] == f"files.example:{origin.port}"
    assert result.address == "127.0.0.1"


def test_one_family_of_addresses(downloads):
    with Origin(host="::1") as origin:
        origin.serve("/a", File(content()))
        given = [f"two.example:{origin.port}:127.0.0.1", f"two.example:{origin.port}:[::1]"]
        url = f"http://two.example:{origin.port}/a"
        assert fetch(url, downloads, {"resolve": given, "ip_version": "6"}).address == "::1"
        assert fetch(url, downloads, {"resolve": given}).address == "::1"
        with pytest.raises(rheo.ConnectError):
            fetch(url, downloads, {"resolve": given, "ip_version": "4"})
        with pytest.raises(rheo.ResolveError, match=r"two\.example has no address of IPv4"):
            fetch(url, downloads, {"resolve": given[1:], "ip_version": "4"})


@pytest.mark.parametrize("interface", ["lo", "127.0.0.1"])
def test_the_interface_to_go_out_from(origin, downloads, interface):
    origin.serve("/a", File(content()))
    assert fetch(origin.url("/a"), downloads, {"interface": interface}).size == 100_000


def test_an_interface_that_is_not_there(origin, downloads):
    with pytest.raises(rheo.SettingsError, match="nothere"):
        fetch(origin.url("/a"), downloads, {"interface": "nothere0"})
    assert origin.requests == []
