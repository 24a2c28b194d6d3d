"""The `rheo` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its code."""
    from rheo.cli.app import main as run  # noqa: PLC0415  (so that importing this costs nothing)

    run()


if __name__ == "__main__":
    main()
