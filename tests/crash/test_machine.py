"""Whatever happens to a download, in any order: its final name is absent, untouched or one whole version, always."""

import itertools
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crash.conftest import seed_of
from crash.damage import TO_PARTS, TO_STATES, edit, overwrite
from crash.disk import NoMountError, fill, mounted
from crash.runs import MOST, Child, InProcess, Run, Wish
from crash.served import Ration
from crash.victim import Remains
from origin import File, Generated, Origin

SIZES = (200_000, 1_200_000, 2_500_000)
"""One that is usually written at once, and two that are fetched in segments."""
LOOK = 0.05
"""Seconds between two looks at what a run has done."""
LOOKS = 8
"""Looks that a run may take to write its live map, which it does every 0.2 s."""


class Downloads(RuleBasedStateMachine):
    """A folder, an object that changes, and runs that fetch the one into the other, one at a time."""

    def __init__(self, origin: Origin, folder: Path, *, small: bool) -> None:
        super().__init__()
        self.origin = origin
        self.remains = Remains(folder)
        self.small = small
        folder.mkdir()
        self.target = f"/{folder.name}/a"
        self.versions: list[File] = []
        self.foreign: dict[str, bytes] = {}
        self.there: dict[str, bytes] = {}
        self.run: Run | None = None
        self.ration = Ration(0)
        self.filler: Path | None = None

    # --- the object

    @initialize(size=st.sampled_from(SIZES), tag=st.sampled_from(["{}", "W/{}", None]))
    def make(self, size, tag):
        self.change(size, tag)

    @rule(size=st.sampled_from(SIZES), tag=st.sampled_from(["{}", "W/{}", None]))
    def change(self, size, tag):
        number = len(self.versions)
        etag = None if tag is None else tag.format(f'"{number}"')
        self.versions.append(File(Generated(size, number), etag=etag))
        self.serve()

    def serve(self):
        self.origin.serve(self.target, self.ration.of(self.versions[-1]))

    # --- the runs

    @precondition(lambda self: self.run is None)
    @rule(kind=st.sampled_from([Child, InProcess]), share=st.floats(0, 1), reserve=st.booleans(), settles=st.booleans())
    def start(self, kind, share, reserve, settles):
        """Run until a share of the object has been sent."""
        self.ration = Ration(int(share * self.versions[-1].content.size))
        self.serve()
        self.run = kind(Wish(self.origin.url(self.target), self.remains.folder, reserve))
        while not self.ration.spent.is_set():
            if self.run.ended(LOOK):
                self.end()
                return
        if settles:
            self.settle()

    def settle(self):
        """Let the run write down what it has."""
        for _ in range(LOOKS):
            if self.remains.live.exists():
                return
            if self.run.ended(LOOK):
                self.end()
                return

    @precondition(lambda self: self.run is not None)
    @rule()
    def go_on(self):
        self.ration.gate.set()
        assert self.run.ended(MOST)
        self.end()

    @precondition(lambda self: self.run is not None)
    @rule()
    def stop(self):
        self.end()

    @precondition(lambda self: isinstance(self.run, Child))
    @rule()
    def kill(self):
        self.run.kill()
        self.run = None

    def end(self):
        run, self.run = self.run, None
        run.stop()

    # --- the disk

    @precondition(lambda self: self.small and self.filler is None)
    @rule(leaving=st.sampled_from([0, 4096, 300_000, 2_500_000]))
    def fill(self, leaving):
        self.filler = fill(self.remains.folder, leaving=leaving)

    @precondition(lambda self: self.filler is not None)
    @rule()
    def make_room(self):
        self.filler.unlink()
        self.filler = None

    @precondition(lambda self: self.remains.state.exists() or self.remains.live.exists())
    @rule(path=st.sampled_from(["state", "live"]), damage=st.sampled_from(sorted(TO_STATES)))
    def corrupt(self, path, damage):
        path = getattr(self.remains, path)
        if path.exists():
            overwrite(path, TO_STATES[damage](path.read_bytes()))

    @precondition(lambda self: self.run is None and self.remains.part.exists())
    @rule(damage=st.sampled_from(sorted(TO_PARTS)))
    def resize_part(self, damage):
        overwrite(self.remains.part, TO_PARTS[damage](self.remains.part.read_bytes()))

    @precondition(lambda self: self.run is None and self.remains.part.exists())
    @rule(share=st.floats(0, 1))
    def edit_part(self, share):
        edit(self.remains, share)

    @precondition(lambda self: self.remains.part.exists())
    @rule()
    def remove_part(self):
        self.remains.part.unlink()

    @precondition(lambda self: not self.remains.file.exists() and self.filler is None)
    @rule()
    def come_meanwhile(self):
        self.remains.file.write_bytes(b"somebody else's")
        self.there["a"] = b"somebody else's"

    # --- what must hold

    @invariant()
    def no_name_has_a_wrong_file(self):
        """Invariants 3 and 4."""
        found = {name: self.content(name) for name in self.remains.names if ".part" not in name and name != "filler"}
        for name, content in found.items():
            assert self.there.get(name, content) == content, f"{name} was touched"
            assert name in self.there or content in self.whole, f"{name} is no version of the object"
        assert self.there.keys() <= found.keys()
        self.there = found

    @property
    def whole(self):
        return [file.content.read(0, file.content.size) for file in self.versions]

    def content(self, name):
        return (self.remains.folder / name).read_bytes()

    def teardown(self):
        """See that a run without hindrance gets the file, whatever lies about."""
        if self.run is not None:
            self.end()
        if self.filler is not None:
            self.make_room()
        before = set(self.there)
        self.start(InProcess, 1.0, reserve=True, settles=False)
        if self.run is not None:
            self.go_on()
        self.no_name_has_a_wrong_file()
        [new] = set(self.there) - before
        assert self.content(new) == self.whole[-1]


@pytest.mark.timeout(600)
def test_no_name_ever_has_a_wrong_file(origin, tmp_path, request, torture, report):
    numbers = itertools.count()
    count, steps = (60, 20) if torture else (10, 8)
    with ExitStack() as stack:
        try:
            disk = stack.enter_context(mounted(tmp_path / "disk", "64m"))
        except NoMountError as error:
            print(error)  # noqa: T201  (the rest is tested all the same)
            disk = None

        @seed(seed_of(request.config))
        def begin():
            return Downloads(origin, (disk or tmp_path) / str(next(numbers)), small=disk is not None)

        run_state_machine_as_test(
            begin,
            settings=settings(
                max_examples=count,
                stateful_step_count=steps,
                deadline=None,
                derandomize=not torture,
                database=None,
                phases=[Phase.generate],  # each step takes its time: what fails is told as it is
                suppress_health_check=list(HealthCheck),
            ),
        )
    report.add(
        "started, stopped, killed, changed, filled, corrupted at will", next(numbers), "always a right file or none"
    )
