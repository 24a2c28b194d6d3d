"""`rheo hash`: prints what files hash to, in lines that `rheo verify`, `sha256sum -c` and their kin read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from rheo.cli.exit_codes import code_of_run
from rheo.cli.terminal import say
from rheo.domain.checksum import Checksum, follow, parse_algorithm
from rheo.domain.checksum_list import list_line
from rheo.domain.errors import RheoError, UsageError
from rheo.storage.digesting import STANDARD_INPUT, read_into


def hash_files(paths: Sequence[str], *, algorithm: str, tagged: bool) -> int:
    """Write a line for each file, in their order, and return the exit code; one that cannot be read is told."""
    if not paths:
        raise UsageError("which file? write: rheo hash FILE...")
    if paths.count(STANDARD_INPUT) > 1:
        raise UsageError("- is standard input, which can be read once; leave the others out")
    errors = []
    for path, found in _hashed(paths, parse_algorithm(algorithm)):
        if isinstance(found, RheoError):
            errors.append(found)
            say(f"failed: {found.message}")
        else:
            _write(list_line(path, found, tagged=tagged))
    return code_of_run(errors, total=len(paths))


def _hashed(paths: Sequence[str], algorithm: str) -> Iterator[tuple[str, Checksum | RheoError]]:
    """Yield each file with its checksum, or why there is none; as many are read at once as there are processors."""
    threads = ThreadPoolExecutor(min(len(paths), os.cpu_count() or 1), thread_name_prefix="rheo hash")
    try:
        yield from zip(paths, threads.map(partial(_checksum_of, algorithm=algorithm), paths), strict=True)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)  # after Ctrl-C nobody waits for a large file


def _checksum_of(path: str, *, algorithm: str) -> Checksum | RheoError:
    following = follow(algorithm)
    try:
        read_into(path, following.update)
    except RheoError as error:
        return error
    return Checksum(algorithm, following.hexdigest())


def _write(line: str) -> None:
    """Write a line as it is: a name is bytes, and not always text."""
    sys.stdout.buffer.write(os.fsencode(f"{line}\n"))
    sys.stdout.buffer.flush()
