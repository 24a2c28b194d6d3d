"""What the command says to people: a sentence for each thing that happens, without a terminal in mind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rheo.cli.tally import FEW, Failure, Tally
from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.download import STANDARD_OUTPUT, Wait, WaitReason
from rheo.domain.errors import HostClosedError, ResolveError, RheoError
from rheo.domain.progress import Phase, Progress
from rheo.domain.promise import Trust
from rheo.domain.result import DownloadResult, Redirect, SourceShare, Timings, Verification
from rheo.domain.text import printable
from rheo.domain.units import format_duration, format_size, format_speed
from rheo.domain.url import parse_url
from rheo.wishes import is_address

if TYPE_CHECKING:
    from rheo.domain.batch.result import Left  # loaded where there is a list

LIMITED: Final = " (limited)"
"""What follows a speed that is not the line's."""

JOINING: Final = "waiting for another rheo"

WORST: Final = 5
"""Hosts that are named of which most failed."""

_WHOSE: Final = {Trust.GIVEN: "hash given by you", Trust.SAME_SERVER: "hash from the same server"}


def completed(result: DownloadResult, *, here: Path) -> str:
    """Return where the file is, what it took, and how it was verified; `here` is the working folder."""
    path = _short(result.path, here)
    if result.skipped and result.unchanged:
        return f"{path}: there already, unchanged"
    if result.skipped:
        return f"{path}: there already, {_verification(result)}" if result.checksums else f"{path}: there already"
    size, duration, speed = format_size(result.size), format_duration(result.seconds), result.average_speed
    if result.resumed:
        size = f"{size}, {format_size(result.resumed)} of it there already, the rest"
    insecure = ", the server's certificate was not checked" if result.insecure else ""
    return f"{path}: {size} in {duration}, {format_speed(speed)}, {_verification(result)}{insecure}"


def doubled(place: str, result: DownloadResult, *, here: Path) -> str:
    """Return where the file of a line is that was made of what another line fetched; `place` is what the line is."""
    if result.skipped:
        return completed(result, here=here)
    return f"{_short(result.path, here)}: {format_size(result.size)}, the file of {place}, made of another line's"


def details(result: DownloadResult) -> list[str]:
    """Return what only the curious want to know: where the bytes came from, over what, and how fast it answered."""
    if result.skipped:
        return []
    lines = [_redirected(redirect) for redirect in result.redirects]
    return [*lines, *_way(result), *map(_supplied, result.sources)]


def _way(result: DownloadResult) -> Iterable[str]:
    first, last = result.first_http_version, result.http_version
    if first is None:
        return ()  # an answer that was ended once its last byte had come tells nothing of itself
    later = [f"later HTTP/{last}"] if last != first else []
    return (f"  {', '.join([f'HTTP/{first}', *steps(result.timings), *later])}",)


def _supplied(source: SourceShare) -> str:
    ended = "" if source.banned is None else f", then not asked any more: {printable(source.banned)}"
    return f"  {format_size(source.size)} from {printable(source.url)}{ended}"


def _redirected(redirect: Redirect) -> str:
    withheld = f"; not sent there: {', '.join(redirect.withheld)}" if redirect.withheld else ""
    return f"  redirected ({redirect.status}) to {printable(redirect.url)}{withheld}"


def suspicious(result: DownloadResult, *, here: Path) -> str:
    """Return a warning that the file may be none."""
    kind = result.content_type or "HTML"
    return f"warning: {_short(result.path, here)} is a web page ({kind}), perhaps one to log in or of an error"


def failed(failure: Failure) -> str:
    """Return the URL and why it failed, and when to try again if the server said so."""
    sentence = f"failed: {failure.url}: {reason(failure.error, url=failure.url)}"
    if failure.error.retry_after is None:
        return sentence
    again = failure.at + timedelta(seconds=failure.error.retry_after)
    return f"{sentence}; try again after {_clock(again, now=failure.at)}"


def waiting(name: str, wait: Wait, *, url: str, now: datetime) -> str:
    """Return how long a download waits, and for what reason."""
    said = reason(wait.error, url=url)
    if wait.until is None:
        return f"{name} waits for a new URL: {said}"
    until = _clock(wait.until, now=now)
    if wait.reason is WaitReason.REFRESHING:
        return f"{name} asks for a new URL until {until}: {said}"
    asked = wait.reason is WaitReason.RETRY_AFTER and not isinstance(wait.error, HostClosedError)  # or wished by us
    return f"{name} waits until {until}: {said}{', asked by the server' if asked else ''}"


def endangered(name: str, deadline: datetime, *, expected: datetime | None, now: datetime) -> str:
    """Return that a download will not be, or was not, ready in time."""
    if deadline <= now:
        return f"{name} is not ready by {_clock(deadline, now=now)}"
    when = "" if expected is None else f": at this speed it takes until {_clock(expected, now=now)}"
    return f"{name} will not be ready by {_clock(deadline, now=now)}{when}"


def progress(name: str, progress: Progress) -> str:
    """Return how far one download is, or whom it waits for."""
    if progress.phase is Phase.JOINING:
        return f"{name}: {JOINING}"
    if progress.total is None or progress.fraction is None:
        return f"{name}: {format_size(progress.received)}, {_speed(progress)}"
    amount = f"{progress.fraction:.0%}, {format_size(progress.received)} of {format_size(progress.total)}"
    return f"{name}: {amount}, {_speed(progress)}{_left(progress.eta)}"


def standing(tally: Tally) -> str:
    """Return how far all downloads are together."""
    speed = f"{format_speed(tally.speed)}{LIMITED if tally.limited else ''}"
    files = f", {tally.files_per_second:.0f} files/s" if tally.ended > FEW else ""
    return f"{counts(tally)}: {format_size(tally.received)}, {speed}{files}{_left(tally.eta)}"


def _speed(progress: Progress) -> str:
    return f"{format_speed(progress.speed)}{LIMITED if progress.limited else ''}"


def counts(tally: Tally) -> str:
    """Return how many downloads are in which state, of those that are known by now."""
    joining = sum(progress.phase is Phase.JOINING for progress in tally.running.values())
    parts = (
        (tally.skipped, "there already"),
        (tally.failed, f"failed{_bad_lines(tally.bad_lines)}"),
        (len(tally.waiting), "waiting"),
        (joining, JOINING),
    )
    known = f"{tally.total}{'' if tally.whole else '+'}"
    return ", ".join([f"{tally.done} of {known} done", *(f"{count} {what}" for count, what in parts if count)])


def _bad_lines(count: int) -> str:
    return f" ({count} bad line{'s' if count > 1 else ''})" if count else ""


def left_alone(counts: Mapping[Left, int]) -> str:
    """Return for how many lines of a list nothing was asked, and why."""
    words = {
        "untried": "did not fail before",
        "done": "fetched by earlier runs",
        "sized": "the same, of which only the size is known",
        "duplicate": "with a URL that another line has",
        "doubled": "made of files that other lines fetched",
        "repeated": "repeating an earlier line",
    }
    told = {why.value: count for why, count in counts.items()}  # in whatever order threads came upon them
    return f"left alone: {', '.join(f'{told[why]} {said}' for why, said in words.items() if why in told)}"


def asked_again(count: int) -> str:
    """Return of how many files of earlier runs the server is asked whether it has another version."""
    return f"asked for again: {count} fetched by earlier runs, of which only what has changed is fetched"


def summary(tally: Tally, *, seconds: float) -> list[str]:
    """Return how several downloads ended: counts, sizes and times, then each that failed with its reason.

    Of many that failed, the first ones, and what went wrong with all of them, and where.
    """
    speed = tally.size / seconds if seconds > 0 else 0.0
    total = f"{counts(tally)}: {format_size(tally.size)} in {format_duration(seconds)}, {format_speed(speed)}"
    lines = [total, *(f"  {failed(failure)}" for failure in tally.failures)]
    more, counted = tally.failed - len(tally.failures), tally.failure_counts
    if more:
        lines += [f"  and {more} more", f"  errors: {_listed(counted.kinds.most_common())}"]
        worst, least = counted.worst_hosts(WORST), "at least " if counted.hosts.slack else ""
        lines += [f"  hosts with most failures: {least}{_listed(worst)}"] if worst else []
    return lines


def _listed(counted: Iterable[tuple[object, int]]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counted)


def connections(counts: ConnectionCounts) -> str:
    """Return how many requests got a connection of their own, one that was open, or none."""
    return f"connections: {counts.made} new, {counts.reused} reused, {counts.refused} refused"


def stopped(tally: Tally) -> str:
    """Return what is left after an interrupt, and how to go on."""
    again = "run the same command again"
    several = tally.total > 1 and not tally.listed.remembered
    cure = f"{again}, with --skip-existing, to fetch what is left" if several else f"{again} to go on"
    left = f"{tally.left}{'' if tally.whole else '+'} left"
    return f"stopped: {counts(tally)}, {left}; {cure}"


def steps(timings: Timings) -> Iterable[str]:
    """Return when each step of a request was done, as far as it happened."""
    named = (
        ("name lookup", timings.name_lookup),
        ("connect", timings.connect),
        ("TLS", timings.tls),
        ("first byte", timings.first_byte),
    )
    return (f"{name} {seconds * 1000:.0f} ms" for name, seconds in named if seconds is not None)


def reason(error: RheoError, *, url: str) -> str:
    """Return the error's sentence as it stands behind the URL: it names that no second time, nor its origin or host."""
    message = error.message
    if not is_address(url):
        return message  # which stands behind a line's number
    asked = parse_url(url)
    bare, origin = printable(asked.bare), str(asked.origin)
    shorter = (
        (f"{bare}: ", ""),
        (f"{bare}, ", ""),
        (f"{bare} ", "it "),
        (f"{origin}: ", ""),
        (f"{origin}, ", ""),
        (f"{origin} ", "the server "),
        *(((f"{asked.host} ", "the host "),) if isinstance(error, ResolveError) else ()),
    )
    for named, instead in shorter:
        if message.startswith(named):
            return f"{instead}{message.removeprefix(named)}"
    return message


def _verification(result: DownloadResult) -> str:
    if result.verification is Verification.VERIFIED:
        algorithms = dict.fromkeys(checksum.algorithm for checksum in result.checksums)
        return f"{' and '.join(algorithms) or 'pieces'} verified, {_WHOSE[result.trust]}"
    if result.verification is Verification.CONSISTENT:
        return "length only"
    if result.trust is Trust.LENGTH:
        return "length only: nothing proves that all of it is of one version"
    return "not verified: nothing proves that it is whole and of one version"


def _clock(time: datetime, *, now: datetime) -> str:
    """Return a time as the clock on the wall shows it, with the date unless it is today's."""
    local = time.astimezone()
    today = local.date() == now.astimezone().date()
    return f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M:%S}"


def _left(eta: float | None) -> str:
    return "" if eta is None else f", {format_duration(eta)} left"


def _short(path: Path, here: Path) -> str:
    """Return the path as seen from the working folder, where it is below that."""
    if str(path) == STANDARD_OUTPUT:
        return "standard output"
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
