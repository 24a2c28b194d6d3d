"""What rheo's own report says of a batch."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Report(NamedTuple):
    """A batch as its ledger has it; empty where there is none."""

    states: Mapping[str, int]
    """How many lines stand how."""
    errors: Mapping[tuple[str, str], int]
    """How many failed, by their host and the error's code."""


NOTHING = Report({}, {})


def read_report(ledger: Path, *, environment: Mapping[str, str]) -> Report:
    """Return what `rheo batch report` says."""
    states: dict[str, int] = {}
    errors: Counter[tuple[str, str]] = Counter()
    command = ["rheo", "batch", "report", str(ledger), "--failed", "--json"]
    with subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE) as process:
        for line in process.stdout or ():
            facts = json.loads(line)
            if facts["type"] == "summary":
                states = facts["states"]
            else:
                errors[facts["host"], facts["error"]] += 1
    return Report(states, errors)
