"""The cases as data."""

from __future__ import annotations

import pytest

from rheo.domain.errors import UsageError
from rheo.selftest.cases import CASES
from rheo.selftest.run import run_cases


def test_no_two_cases_have_one_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_fault_cannot_be_planted_in_a_case_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no case is named 'larg'; there are small, large"):
        next(run_cases(plant_fault="larg"))
