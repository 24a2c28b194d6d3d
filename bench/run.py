"""Start the comparison from any folder: `python bench/run.py`; `--help` lists what can be chosen."""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # the package `bench` itself, not its files
    runpy.run_module("bench", run_name="__main__", alter_sys=True)
