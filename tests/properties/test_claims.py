"""Whatever is asked for, in whatever order: no path is two rows' at once."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from rheo.domain.batch.claims import Claim, Claims

ROWS = st.integers(1, 4)
NAMES = st.sampled_from(["get", "get.1", "GET", "Get", "other"])


class Lines(RuleBasedStateMachine):
    """Rows ask for paths, in a folder where case counts or in one where it does not, and end with one or without."""

    def __init__(self):
        super().__init__()
        self.claims = Claims()
        self.working = {}
        """What each that has not ended was granted."""
        self.known = {}
        """Which path the ledger has of each row."""

    def owners(self, claim):
        older = [row for row, path in self.known.items() if alike(path, claim)]
        working = [one.row for granted in self.working.values() for one in granted if alike(one.path, claim)]
        return older, {*older, *working}

    @rule(row=ROWS, folder=st.sampled_from(["/cased", "/caseless"]), name=NAMES)
    def claim(self, row, folder, name):
        claim = Claim(row, f"{folder}/{name}", caseless=folder == "/caseless")
        older, owners = self.owners(claim)

        granted = self.claims.take(claim, older=older)

        assert not (granted and owners - {row})
        if granted:
            self.working.setdefault(row, []).append(claim)

    @rule(row=ROWS, choice=st.integers(0, 9), keeps=st.booleans())
    def end(self, row, choice, keeps):
        granted = self.working.pop(row, [])
        if granted and keeps:
            self.known[row] = granted[choice % len(granted)].path
        for claim in granted:
            self.claims.drop(claim)


TestLines = Lines.TestCase


def alike(path, claim):
    return path == claim.path or (claim.caseless and path.casefold() == claim.path.casefold())


@given(ROWS, ROWS)
def test_a_path_that_two_rows_have_is_neithers_also_once_one_has_another(first, second):
    claims = Claims()
    for row in (first, second):
        assert claims.take(Claim(row, "/get", caseless=False), older=[first, second]) == (first == second)

    assert claims.take(Claim(first, "/get", caseless=False), older=[first]) == (first == second)


@given(NAMES, NAMES, st.booleans())
def test_letters_count_where_they_make_two_files(mine, wanted, caseless):
    claims = Claims()
    claims.take(Claim(1, f"/{mine}", caseless=False))

    granted = claims.take(Claim(2, f"/{wanted}", caseless=caseless))

    assert granted == (mine.casefold() != wanted.casefold() if caseless else mine != wanted)


def test_what_was_dropped_is_free():
    claims = Claims()
    claim = Claim(1, "/GET", caseless=True)
    claims.take(claim)

    claims.drop(claim)

    assert claims.take(Claim(2, "/get", caseless=True))
