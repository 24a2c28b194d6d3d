"""Fetch one healthy URL after some whose names hang for 8 s in a lookup of our own, until Ctrl-C.

Arguments: the folder, and the URLs, the healthy one last.
"""

import signal
import socket
import sys
import time
from pathlib import Path
from typing import Final

from rheo.application.manager import Manager
from rheo.domain.settings import Settings
from rheo.session import Session
from rheo.wishes import policy_for, request_for

HANGS_FOR: Final = 8.0


def main(folder: str, *urls: str) -> None:
    healthy = urls[-1].split("/")[2].partition(":")[0]

    def lookup(host: str) -> list[str]:
        if host == healthy:
            return ["127.0.0.1"]
        time.sleep(HANGS_FOR)
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answers")

    settings = Settings(directory=Path(folder))
    session = Session(settings, policy_for(settings, patient=False), lookup=lookup)
    session.open()
    try:
        session.call(Manager.add, [request_for(url, settings, {}) for url in urls]).result()
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        session.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
