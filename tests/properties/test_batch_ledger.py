"""A ledger against a model, killed whenever it may be: nothing that was told as done is ever pending again."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rheo.domain.batch.row import Ending, Entry, Publishing, RowState
from rheo.storage.ledger.batch_ledger import BatchLedger

ENTRIES = [
    *(
        Entry(1, f"https://{host}.example/{n}", f"https://{host}.example", place)
        for host in "ab"
        for n in range(3)
        for place in ("", "x\udcff")
    ),
    *(Entry(n, "", "", wrong="it has no URL") for n in range(3)),
]

MEMORY = Path("/dev/shm")
"""Where there is no disk to wait for."""


class LedgerUnderFire(RuleBasedStateMachine):
    """Keeps what must be true beside the ledger. A kill is the ledger's files as they are at that moment, elsewhere."""

    def __init__(self):
        super().__init__()
        self.root = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.run = 0
        self.row = {}
        """Rows by what makes a line the same."""
        self.seen = set()
        self.working = set()
        """Rows that somebody would work on now."""
        self.noted = set()
        """Those whose `publishing` returned."""
        self.named = set()
        """Files that have their names."""
        self.open()

    def open(self):
        self.ledger = BatchLedger.open(str(self.folder / "ledger"), of="-", durable=False)
        self.ledger.settle_publishing(lambda told: told.row in self.named)
        self.seen, self.working, self.noted = set(), set(), set()

    @property
    def folder(self):
        return self.root / str(self.run)

    @rule(entries=st.lists(st.sampled_from(ENTRIES), max_size=8), number=st.integers(1, 9))
    def admit(self, entries, number):
        entries = [entry if entry.wrong else entry._replace(number=number) for entry in entries]
        for entry, admission in zip(entries, self.ledger.admit(entries), strict=True):
            line = entry if entry.wrong else (entry.url, entry.place)
            assert self.row.setdefault(line, admission.row) == admission.row
            assert admission.repeated == (admission.row in self.seen)
            self.seen.add(admission.row)
            if not admission.repeated and admission.row in self.named:
                assert admission.before is RowState.DONE
            elif not admission.repeated:
                assert admission.before is not RowState.DONE
                if entry.wrong is None:
                    self.working.add(admission.row)

    @precondition(lambda self: self.working)
    @rule(data=st.data())
    def publish(self, data):
        some = data.draw(st.sets(st.sampled_from(sorted(self.working)), min_size=1))
        self.ledger.publishing([Publishing(row, f"d/{row}", row, None, 1, row) for row in some])
        self.working -= some
        self.noted |= some

    @precondition(lambda self: self.noted - self.named)
    @rule(data=st.data())
    def name(self, data):
        self.named.add(data.draw(st.sampled_from(sorted(self.noted - self.named))))

    @precondition(lambda self: self.noted & self.named)
    @rule(data=st.data())
    def finish(self, data):
        row = data.draw(st.sampled_from(sorted(self.noted & self.named)))
        self.noted.remove(row)
        self.ledger.finish([Ending(row, RowState.DONE, attempts=1)])

    @precondition(lambda self: self.working)
    @rule(data=st.data())
    def fail(self, data):
        row = data.draw(st.sampled_from(sorted(self.working)))
        self.working.remove(row)
        self.ledger.finish([Ending(row, RowState.FAILED, error="stalled", message="too slow")])

    @precondition(lambda self: self.working)
    @rule(data=st.data())
    def park(self, data):
        row = data.draw(st.sampled_from(sorted(self.working)))
        self.ledger.park([(row, str(row))])
        (host,) = {one.host for one in self.ledger.rows() if one.row == row}
        assert self.ledger.unpark(host, 9) == [(row, str(row))]

    @rule()
    def kill(self):
        before = self.ledger
        corpse = self.folder
        self.run += 1
        shutil.copytree(corpse, self.folder, ignore=shutil.ignore_patterns("*.lock", "*-shm"))
        before.close()
        self.open()
        # What was never noted durably may be forgotten, and be another row when it comes again.
        kept = {row.row for row in self.ledger.rows()}
        assert self.named <= kept
        self.row = {line: row for line, row in self.row.items() if row in kept}

    @rule()
    def end(self):
        self.ledger.close()
        self.open()

    @invariant()
    def what_was_told_as_done_is_not_pending(self):
        states = {row.row: row.state for row in self.ledger.rows()}
        for row in self.named:
            assert states[row] in {RowState.DONE, RowState.PUBLISHING}

    def teardown(self):
        self.ledger.close()
        shutil.rmtree(self.root)


TestLedgerUnderFire = LedgerUnderFire.TestCase
TestLedgerUnderFire.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
