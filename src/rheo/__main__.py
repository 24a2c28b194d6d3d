"""The `rheo` command."""

from __future__ import annotations

import gc

SELDOM = 100_000
"""Objects between two collections: a command makes many that live and few that are garbage.

Loading it makes some 55,000, and looking through those takes 10 ms.
"""


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(SELDOM, 20, 100)
    from rheo.cli.app import main as run  # noqa: PLC0415  (so that importing this costs nothing)

    run()


if __name__ == "__main__":
    main()
