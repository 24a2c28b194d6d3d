"""One request by pycurl itself, and all that libcurl said of it: proof that a server does what its fixture promises."""

from dataclasses import dataclass

import pycurl


@dataclass(frozen=True)
class Answer:
    """What came back; `error` is libcurl's number, 0 where there was none."""

    error: int
    message: str
    status: int
    connect_status: int
    proxy_error: int
    lines: list[str]
    body: bytes
    version: int

    @property
    def statuses(self) -> list[int]:
        """The status of every answer whose head was seen, a proxy's included."""
        return [int(line.split()[1]) for line in self.lines if line.startswith("HTTP/")]


def ask(url: str, *, ca_file=None, handle: pycurl.Curl | None = None, **options: object) -> Answer:
    """Fetch with libcurl's options by their names, and nothing from the environment."""
    curl = handle or pycurl.Curl()
    lines: list[bytes] = []
    body = bytearray()
    settings = {"URL": url, "PROXY": "", "NOPROXY": "", "TIMEOUT": 20, **options}
    if ca_file is not None:
        settings["CAINFO"] = str(ca_file)
    for name, value in settings.items():
        curl.setopt(getattr(pycurl, name), value)
    curl.setopt(pycurl.HEADERFUNCTION, lines.append)
    curl.setopt(pycurl.WRITEFUNCTION, body.extend)
    error, message = 0, ""
    try:
        curl.perform()
    except pycurl.error as failure:
        error, message = failure.args
    answer = Answer(
        error=error,
        message=message,
        status=curl.getinfo(pycurl.RESPONSE_CODE),
        connect_status=curl.getinfo(pycurl.HTTP_CONNECTCODE),
        proxy_error=curl.getinfo(pycurl.PROXY_ERROR),
        lines=[line.decode("latin-1").strip() for line in lines],
        body=bytes(body),
        version=curl.getinfo(pycurl.INFO_HTTP_VERSION),
    )
    if handle is None:
        curl.close()
    return answer
