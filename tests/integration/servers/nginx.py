"""nginx with a folder of files: plain and over TLS, behind a login, a client certificate or a limit."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integration.servers.program import HOST, Log, Login, find, running
from origin import Authority

CONFIG: Final = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format seen '$server_protocol $request_method $request_uri $status range="$http_range" host="$http_host"'
        ' authorization="$http_authorization" proxy-authorization="$http_proxy_authorization"'
        ' cookie="$http_cookie" referer="$http_referer" agent="$http_user_agent" {headers} tls="$ssl_protocol"'
        ' client="$ssl_client_s_dn" asked="$http_accept_encoding" sent="$sent_http_content_encoding"'
        ' bytes=$body_bytes_sent connection=$connection resumed="$ssl_session_reused" early="$ssl_early_data"';
    access_log {folder}/access.log seen; client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    default_type application/octet-stream;
    limit_conn_zone $binary_remote_addr zone=each:1m;
    server {{
        listen {host}:{plain};
        listen {host}:{secure} ssl{http2};
        ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem; ssl_protocols {tls};
        root {folder}/www;
        {rules}
    }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    folder: Path
    plain: int
    secure: int

    @property
    def log(self) -> Log:
        """A line for each request: its version, method, target, status, and the headers that may hold a secret."""
        return Log(self.folder / "access.log")

    def publish(self, name: str, content: bytes) -> None:
        (self.folder / "www" / name).write_bytes(content)


@contextmanager
def nginx(
    folder: Path,
    authority: Authority,
    *,
    tls: str = "TLSv1.2 TLSv1.3",
    http2: bool = True,
    login: Login | None = None,
    client_certificates: bool = False,
    connections: int | None = None,
    max_ranges: int | None = None,
    gzip: bool = False,
    link: str | None = None,
    log_headers: tuple[str, ...] = ("X-Api-Key",),
    directives: tuple[str, ...] = (),
) -> Iterator[Nginx]:
    """Run nginx in the folder; more than so many `connections` at once get 503, `max_ranges=0` switches ranges off.

    `gzip` compresses for whoever takes that; `link` is a Link field of every answer; `directives` are the server's.
    """
    program = find("nginx", package="nginx")
    (folder / "www").mkdir(parents=True)
    certificate = authority.ca.issue_cert("localhost", HOST)
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    authority.ca_file(folder)
    rules = [f"{directive};" for directive in directives]
    if login is not None:
        (folder / "htpasswd").write_text(f"{login.user}:{_salted(login.password)}\n")
        rules.append(f'auth_basic "rheo"; auth_basic_user_file {folder}/htpasswd;')
    if client_certificates:
        rules.append(f"ssl_verify_client on; ssl_client_certificate {folder}/ca.pem;")
    if connections is not None:
        rules.append(f"limit_conn each {connections};")
    if max_ranges is not None:
        rules.append(f"max_ranges {max_ranges};")
    if gzip:
        rules.append("gzip on; gzip_types *;")

    if link is not None:
        rules.append(f"add_header Link '{link}' always;")

    def configure(plain: int, secure: int) -> list[str]:
        text = CONFIG.format(
            folder=folder,
            host=HOST,
            plain=plain,
            secure=secure,
            http2=" http2" if http2 else "",
            tls=tls,
            headers=" ".join(f'{name}="$http_{name.lower().replace("-", "_")}"' for name in log_headers),
            rules="\n        ".join(rules),
        )
        (folder / "nginx.conf").write_text(text)
        return [program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]

    with running(configure, ports=2, output=folder / "output.log") as (plain, secure):
        yield Nginx(folder, plain, secure)


def _salted(password: str) -> str:
    """Return what nginx compares a password with (RFC 2307's SSHA)."""
    salt = b"rheo"
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()
