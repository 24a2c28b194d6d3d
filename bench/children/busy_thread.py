"""Fetch a file by the library in a process whose other thread is `busy` or `idle`, and print the seconds it took."""

import sys
import threading
import time

from rheo import download


def main(url: str, folder: str, ca: str, thread: str) -> None:
    if thread == "busy":
        threading.Thread(target=_never_rest, daemon=True).start()
    started = time.monotonic()
    download(url, directory=folder, ca_file=ca)
    print(time.monotonic() - started)


def _never_rest() -> None:
    count = 0
    while True:
        count += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
