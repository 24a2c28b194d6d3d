"""Whatever happens to a download, in any order: its final name is absent, untouched or one whole version, always."""

import itertools
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from crash.conftest import seed_of
from crash.damage import TO_STATES, edit, lengthen, overwrite, shorten
from crash.disk import NoMountError, fill, mounted
from crash.runs import MOST, Child, InProcess, Run, Wish
from crash.served import Ration
from crash.victim import Remains
from origin import File, Generated, Origin

SIZES = (200_000, 1_200_000, 2_500_000)
"""One that is usually written at once, and two that are fetched in segments."""
SHARES = st.integers(0, 20).map(lambda twentieths: twentieths / 20)
LOOK = 0.05
"""Seconds between two looks at what a run has done."""
LOOKS = 8
"""Looks that a run may take to write its live map, which it does every 0.2 s."""


class Downloads(RuleBasedStateMachine):
    """A folder, an object that changes, and runs that fetch the one into the other, one at a time.

    A rule that does not apply does nothing: what may be done next must not depend on how quick a run was.
    """

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

    @rule(share=SHARES, reserve=st.booleans(), settles=st.booleans())
    def start_a_child(self, share, reserve, settles):
        self.start(Child, share, reserve=reserve, settles=settles)

    @rule(share=SHARES, reserve=st.booleans(), settles=st.booleans())
    def start_in_this_process(self, share, reserve, settles):
        self.start(InProcess, share, reserve=reserve, settles=settles)

    def start(self, kind, share, *, reserve, settles):
        """Run until a share of the object has been sent, and perhaps until the run wrote down what it has."""
        self.finish("kill")
        self.ration = Ration(int(share * self.versions[-1].content.size))
        self.serve()
        self.run = kind(Wish(self.origin.url(self.target), self.remains.folder, reserve))
        while self.run is not None and not self.ration.spent.is_set():
            self.look()
        for _ in range(LOOKS):
            if settles and self.run is not None and not self.remains.live.exists():
                self.look()

    def look(self):
        if self.run.ended(LOOK):
            self.end()

    @rule(how=st.sampled_from(["go on", "stop", "kill"]))
    def finish(self, how):
        if self.run is None:
            return
        if how == "go on":
            self.ration.gate.set()
            assert self.run.ended(MOST)
        if how == "kill" and isinstance(self.run, Child):
            self.run.kill()
        self.end()

    def end(self):
        run, self.run = self.run, None
        run.stop()

    # --- the disk

    @rule(leaving=st.sampled_from([None] * 6 + [0, 4096, 300_000, 2_500_000]))
    def have_room(self, leaving):
        """Fill the disk but for so many bytes; None empties it."""
        if self.filler is not None:
            self.filler.unlink()
            self.filler = None
        if self.small and leaving is not None:
            self.filler = fill(self.remains.folder, leaving=leaving)

    @rule(path=st.sampled_from(["state", "live"]), damage=st.sampled_from(sorted(TO_STATES)))
    def corrupt(self, path, damage):
        path = getattr(self.remains, path)
        if path.exists():
            overwrite(path, TO_STATES[damage](path.read_bytes()))

    @rule(damage=st.sampled_from([shorten, lengthen, edit, edit]), share=SHARES, how=st.sampled_from(["stop", "kill"]))
    def damage_part(self, damage, share, how):
        """Change a part that nobody writes any more: what changes beside a writer nobody can tell."""
        self.finish(how)
        if self.filler is None and self.remains.part.exists():
            damage(self.remains, share)

    @rule(share=SHARES)
    def edit_what_was_there_and_go_on(self, share):
        """Do in a row what chance seldom does: have bytes believed, change one of them, and fetch the rest."""
        self.have_room(None)
        self.start(InProcess, 0.5, reserve=True, settles=True)
        self.damage_part(edit, share, "stop")
        self.start(InProcess, 1.0, reserve=True, settles=False)
        self.finish("go on")
        for path in self.remains.folder.glob("*.damaged*"):  # which stay for good, and the disk is small
            path.unlink()

    @rule()
    def remove_part(self):
        self.remains.part.unlink(missing_ok=True)

    @rule()
    def come_meanwhile(self):
        if not self.remains.file.exists() and self.filler is None:
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
        self.finish("stop")
        self.have_room(None)
        for path in self.remains.folder.glob("a*"):  # so much may have come that the small disk is full
            if ".part" not in path.name:
                path.unlink()
        self.there = {}
        self.start(InProcess, 1.0, reserve=True, settles=False)
        self.finish("go on")
        self.no_name_has_a_wrong_file()
        [new] = self.there
        assert self.there[new] == self.whole[-1]
        shutil.rmtree(self.remains.folder)


@pytest.mark.timeout(600)
def test_no_name_ever_has_a_wrong_file(origin, tmp_path, request, torture, report):
    numbers = itertools.count()
    chance = seed_of(request.config)
    print(f"to have the same again: --seed {chance}")  # noqa: T201  (pytest shows it where a test fails)
    count, steps = (40, 40) if torture else (8, 20)
    with ExitStack() as stack:
        try:
            disk = stack.enter_context(mounted(tmp_path / "disk", "32m"))
        except NoMountError as error:
            print(error)  # noqa: T201  (the rest is tested all the same)
            disk = None

        @seed(chance)
        def begin():
            return Downloads(origin, (disk or tmp_path) / str(next(numbers)), small=disk is not None)

        run_state_machine_as_test(
            begin,
            settings=settings(
                max_examples=count,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                phases=[Phase.generate],  # each step takes its time: what fails is told as it is
                suppress_health_check=list(HealthCheck),
            ),
        )
    report.add(
        "started, stopped, killed, changed, filled, corrupted at will", next(numbers), "always a right file or none"
    )
