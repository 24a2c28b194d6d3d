"""Other spellings of our options: short ones of our own, and those that fingers know from curl, aria2 and wget.

They mean what rheo has already; an option that it has not got stays an error. Where two programs mean different
things by a word, it is left out, or the comment says whose meaning it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from rheo.domain.errors import UsageError
from rheo.domain.text import printable


class Alias(NamedTuple):
    """Options that are another option in disguise."""

    names: tuple[str, ...]
    setting: str | None = None
    """The setting that it sets; None for what rheo does anyway."""
    value: str | bool | Callable[[str], str] = True
    """What it sets: always the same, or what this makes of the option's argument."""
    metavar: str | None = None
    """What the help calls the option's argument."""
    help: str | None = None
    """Shown in the help; None hides it there."""

    @property
    def key(self) -> str:
        """What its parameter is called."""
        return f"alias_{self.names[0].lstrip('-').replace('-', '_').replace('.', '_')}"

    @property
    def takes_argument(self) -> bool:
        """Whether a word follows it."""
        return callable(self.value)


def flags_from(given: Mapping[str, object], settings: Iterable[str]) -> dict[str, object]:
    """Return the settings' values from those of all options; raises UsageError where two of them contradict."""
    flags = {name: _joined(given[name]) for name in settings if given.get(name) not in _ABSENT}
    for alias in ALIASES:
        argument = given.get(alias.key)
        if argument is None:
            continue
        value = alias.value(str(argument)) if callable(alias.value) else alias.value
        if alias.setting is not None and flags.setdefault(alias.setting, value) != value:
            option = f"--{alias.setting.replace('_', '-')}"
            raise UsageError(f"{alias.names[0]} contradicts another option; both mean {option}")
    return flags


def _joined(value: object) -> object:
    """Return several values of one setting, each given by an option of its own, as they are written at once."""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _retries(tries: str) -> str:
    """Return how often to try again, from how often to try; what is no number is left for the settings to refuse."""
    if not tries.isdecimal():
        return tries
    return str(int(tries) - 1) if int(tries) else _WITHOUT_END


def _limit(rate: str) -> str:
    """Return a limit, from one of which 0 means none."""
    return "off" if rate == "0" else rate


def _go_on(offset: str) -> str:
    """Return the only place to go on from: where the part ends."""
    if offset != "-":
        raise UsageError(f"--continue-at {offset}: rheo itself knows where to go on; leave it out, or write -C -")
    return offset


def _skipped(how: str) -> str:
    """Return what is done with a file that is there, from how it is found to be the one."""
    if how not in SKIPPING:
        raise UsageError(f"--skip-existing {printable(how)}: must be one of {', '.join(SKIPPING)}, or nothing")
    return SKIPPING[how]


_ABSENT: Final[tuple[object, ...]] = (None, [], ())
_WITHOUT_END: Final = str(2**31 - 1)

SKIPPING: Final = {"name": "skip", "size": "skip-same-size", "hash": "skip-same-hash"}
"""What may follow --skip-existing; nothing means the first."""

_OURS: Final = (
    Alias(names=("--no-continue",), setting="resume", value=False, help="the same as --no-resume"),
    Alias(
        names=("--skip-existing",),
        setting="on_exists",
        value=_skipped,
        metavar=f"[{'|'.join(SKIPPING)}]",
        help="leave a file that is there: any of its name, or one that has also the size, or the hash, that is told "
        "(--on-exists skip, skip-same-size, skip-same-hash)",
    ),
    Alias(names=("--newer",), setting="on_exists", value="newer", help="the same as --on-exists newer"),
    Alias(names=("--quiet", "-q"), setting="verbosity", value="quiet", help="tell nothing but errors"),
    Alias(names=("--verbose", "-v"), setting="verbosity", value="verbose", help="also tell redirects and timings"),
)

_WAYS: Final = (
    Alias(names=("--no-proxy",), setting="proxies", value=False, help="the same as --no-proxies"),
    Alias(names=("-4",), setting="ip_version", value="4", help="the same as --ip-version 4"),
    Alias(names=("-6",), setting="ip_version", value="6", help="the same as --ip-version 6"),
)

_CURL: Final = (
    Alias(names=("-U", "-A"), setting="user_agent", value=str),  # curl's and wget's letters
    Alias(names=("-e",), setting="referer", value=str),
    Alias(names=("--max-redirs",), setting="max_redirects", value=str),
    Alias(names=("--capath",), setting="ca_dir", value=str),
    Alias(names=("--pinnedpubkey",), setting="pinned_pubkey", value=str),
    Alias(names=("--cookie-jar",), setting="save_cookies", value=str),
    Alias(names=("-n",), setting="netrc", value=True),
    Alias(names=("-m",), setting="max_time", value=str),
    Alias(names=("--tlsv1.3",), setting="tls_min", value="1.3"),
    Alias(names=("--tlsv1.2",), setting="tls_min", value="1.2"),
    Alias(names=("--http1.1",), setting="http_version", value="1.1"),
    Alias(names=("--http2",), setting="http_version", value="2"),
    Alias(names=("--http3",), setting="http_version", value="3"),
    Alias(names=("--output-dir",), setting="directory", value=str),
    Alias(names=("--parallel-max",), setting="max_concurrent", value=str),
    Alias(names=("--cacert",), setting="ca_file", value=str),
    Alias(names=("--clobber",), setting="on_exists", value="overwrite"),
    Alias(names=("--no-remote-header-name",), setting="name_from", value="url"),
    Alias(names=("--remote-time", "-R"), setting="mtime", value=True),
    Alias(names=("--silent",), setting="verbosity", value="quiet"),  # aria2's -s takes a number: left out
)

_ARIA2: Final = (
    Alias(names=("--dir",), setting="directory", value=str),
    Alias(names=("--max-concurrent-downloads",), setting="max_concurrent", value=str),
    Alias(names=("--max-connection-per-server", "--split"), setting="connections", value=str),
    Alias(names=("--max-overall-download-limit",), setting="limit_rate", value=_limit),
    Alias(names=("--max-download-limit",), setting="limit_rate_per_download", value=_limit),
    Alias(names=("--max-tries",), setting="retry", value=_retries),  # curl's -m is another thing: left out
    Alias(names=("--ca-certificate",), setting="ca_file", value=str),  # wget's as well
    Alias(names=("--allow-overwrite",), setting="on_exists", value="overwrite"),
    Alias(names=("--auto-file-renaming",), setting="on_exists", value="rename"),
    Alias(names=("--load-cookies",), setting="cookies", value=str),  # wget's as well
    Alias(names=("--all-proxy",), setting="proxy", value=str),
    Alias(names=("--http-proxy",), setting="proxy_http", value=str),
    Alias(names=("--https-proxy",), setting="proxy_https", value=str),
)

_WGET: Final = (
    Alias(names=("--directory-prefix", "-P"), setting="directory", value=str),
    Alias(names=("--tries", "-t"), setting="retry", value=_retries),  # aria2's -t is a timeout
    Alias(names=("-T",), setting="timeout", value=str),
    Alias(names=("--timestamping",), setting="on_exists", value="newer"),  # curl's -N is another thing: left out
    Alias(names=("--no-clobber",), setting="on_exists", value="skip"),  # curl's renames, as we do without it
    Alias(names=("--no-use-server-timestamps",), setting="mtime", value=False),
    Alias(names=("--no-content-disposition",), setting="name_from", value="url"),
    Alias(names=("--trust-server-names",), setting="name_from", value="redirect"),
    Alias(names=("--restrict-file-names",), setting="restrict_filenames", value=str),  # two of its six words
)

_ANYWAY: Final = (
    Alias(names=("--remote-name", "-O", "--remote-name-all")),  # curl: take the name from the URL
    Alias(names=("--remote-header-name", "-J", "--content-disposition")),  # curl, wget: or from the server
    Alias(names=("--continue", "-c")),  # aria2, wget: go on where the part ends
    Alias(names=("--continue-at", "-C"), value=_go_on),  # curl, the same
    Alias(names=("--location", "-L")),  # curl: follow redirects
    Alias(names=("--fail", "-f")),  # curl: an error page is no file
    Alias(names=("--show-error", "-S")),  # curl: say errors even when silent
    Alias(names=("--create-dirs",)),  # curl: make folders
    Alias(names=("--parallel", "-Z")),  # curl: several at once
    Alias(names=("--retry-connrefused",)),  # curl, wget: a refused connection may be tried again
    Alias(names=("--progress-bar", "--show-progress")),  # curl, wget: draw bars
)

ALIASES: Final = (*_OURS, *_WAYS, *_CURL, *_ARIA2, *_WGET, *_ANYWAY)
