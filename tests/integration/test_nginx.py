"""A real server: nginx, over HTTP/1.1 and HTTP/2."""

import shutil
import socket
import subprocess
import time

import pytest

import rheo

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")

CONFIG = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log; client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    default_type application/octet-stream;
    server {{
        listen 127.0.0.1:{plain};
        listen 127.0.0.1:{secure} ssl http2;
        ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
        root {folder}/www;
    }}
}}
"""


def free_ports(count):
    """Return ports that were free a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports


class Nginx:
    """nginx with a folder of files."""

    def __init__(self, folder, authority):
        self.folder = folder
        self.plain, self.secure = free_ports(2)
        certificate = authority.ca.issue_cert("localhost", "127.0.0.1")
        (folder / "www").mkdir(parents=True)
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
        (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, plain=self.plain, secure=self.secure))

    def __enter__(self):
        self.process = subprocess.Popen([NGINX, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.secure), timeout=1).close()
            except ConnectionRefusedError:
                assert self.process.poll() is None, (self.folder / "error.log").read_text()
                continue
            return self
        raise TimeoutError("nginx does not listen")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def publish(self, name, content):
        (self.folder / "www" / name).write_bytes(content)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory, authority):
    if NGINX is None:
        pytest.skip("nginx is not installed (Debian's package nginx)")
    with Nginx(tmp_path_factory.mktemp("nginx"), authority) as server:
        yield server


@pytest.fixture
def ca_file(authority, tmp_path):
    return authority.ca_file(tmp_path)


def test_a_lone_download_asks_for_http_1_1(nginx, downloads, ca_file):
    nginx.publish("one.bin", b"x" * 3_000_000)

    result = rheo.download(f"https://localhost:{nginx.secure}/one.bin", directory=downloads, ca_file=ca_file)

    assert result.http_version == "1.1"
    assert result.size == 3_000_000
    assert result.timings.tls is not None


def test_many_of_one_origin_share_http_2_connections(nginx, downloads, ca_file):
    for number in range(200):
        nginx.publish(f"{number}.bin", bytes([number]) * 1000)
    urls = [f"https://localhost:{nginx.secure}/{number}.bin" for number in range(200)]

    with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file) as manager:
        handles = manager.add_many(urls)
        results = [handle.wait() for handle in handles]

    assert {result.http_version for result in results} == {"2"}
    assert sum(result.timings.connect is not None for result in results) <= 2
    assert all(result.path.read_bytes() == bytes([number]) * 1000 for number, result in enumerate(results))


def test_a_large_body_over_http_2_arrives_whole(nginx, downloads, ca_file):
    large = bytes(range(256)) * 20_000
    for name in ("a", "b"):
        nginx.publish(name, large)

    with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file) as manager:
        handles = manager.add_many([f"https://localhost:{nginx.secure}/{name}" for name in ("a", "b")])

    assert [handle.wait().path.read_bytes() == large for handle in handles] == [True, True]


def test_many_small_files_over_plain_http_reuse_their_connections(nginx, downloads):
    for number in range(100):
        nginx.publish(f"small{number}", b"x")

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handles = manager.add_many([f"http://127.0.0.1:{nginx.plain}/small{number}" for number in range(100)])
        results = [handle.wait() for handle in handles]

    assert sum(result.timings.connect is not None for result in results) <= 8
    assert {result.http_version for result in results} == {"1.1"}
