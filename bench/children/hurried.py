"""Fetch a file that is wanted in so many seconds while another one has the same limit, and print the seconds it took.

Arguments: the folder, bytes per second in all, the seconds, the URL of the one that is wanted, that of the other.
"""

import sys
import time

from rheo.sync import DownloadManager


def main(folder: str, rate: str, seconds: str, wanted: str, other: str) -> None:
    with DownloadManager(directory=folder, limit_rate=int(rate), reserve=False) as manager:
        endless = manager.add(other)
        began = time.monotonic()
        manager.add(wanted, deadline=f"+{seconds}s").wait()
        print(time.monotonic() - began)
        endless.cancel()


if __name__ == "__main__":
    main(*sys.argv[1:])
