"""Let two downloads of priorities 0 and 2 share a limit while a third, of priority 3, comes and goes; until standard
input ends.

Prints the monotonic times at which the third comes and goes, as soon as the two run. Arguments: the folder, bytes per
second in all, seconds of each phase, the three URLs.
"""

import json
import sys
import time

from rheo.sync import DownloadManager


def main(folder: str, rate: str, phase: str, *urls: str) -> None:
    with DownloadManager(directory=folder, limit_rate=int(rate), reserve=False) as manager:
        first, second, third = urls
        two = [manager.add(first, priority=0), manager.add(second, priority=2)]
        comes = time.monotonic() + float(phase)
        goes = comes + float(phase)
        print(json.dumps([comes, goes]), flush=True)
        time.sleep(max(0.0, comes - time.monotonic()))
        guest = manager.add(third, priority=3)
        time.sleep(max(0.0, goes - time.monotonic()))
        guest.cancel()
        sys.stdin.read()
        for handle in two:
            handle.cancel()


if __name__ == "__main__":
    main(*sys.argv[1:])
