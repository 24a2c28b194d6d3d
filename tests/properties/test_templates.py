"""What holds for every template and every URL that a list may have."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from os.path import normpath
from pathlib import Path
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from rheo.domain.errors import UsageError
from rheo.domain.settings import RestrictFilenames
from rheo.domain.templates import Known, folder_template, name_template
from rheo.domain.url import parse_url

NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
SPITEFUL = st.text(st.sampled_from('./\\:~- _%"<>|?*aC{}\0\x1b\u00e9\u0301\u202e\u3000\U0001f600'), max_size=40)
WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40) | SPITEFUL.filter(
    lambda text: not {"\0", "\x1b"} & set(text)
)
ENCODED = (st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | SPITEFUL).map(
    lambda text: quote(text, safe="/?")
)
URLS = (WRITTEN | ENCODED).map(lambda text: f"https://a.example/{text}")
FIELDS = st.sampled_from(
    ["scheme", "host", "port", "path", "name", "stem", "ext", "query", "n", "n:03", "hash:2", "column:said", "date"]
).map(lambda word: f"{{{word}}}")
TEMPLATES = st.lists(FIELDS | st.sampled_from(["/", ".", "-", "a", "..", "~", "\\", "{{", "}}"]), max_size=8).map(
    "".join
)
RULES = st.none() | st.sampled_from(RestrictFilenames)
KNOWN = st.builds(
    lambda url, number, said, restrict: Known(parse_url(url), number, (("said", said),), restrict),
    URLS,
    st.integers(1, 10**9),
    st.text(max_size=300) | SPITEFUL,
    RULES,
)


@given(TEMPLATES, KNOWN)
def test_no_file_leaves_the_root(text: str, known: Known) -> None:
    """Invariant 9."""
    try:
        template = folder_template(text, now=NOW)
    except UsageError:
        assume(False)  # noqa: FBT003
    below = template.fill(known)
    assert not below or normpath(below) == below
    assert not below.startswith(("/", "../"))
    assert ".." not in below.split("/")
    assert "\0" not in below


@given(TEMPLATES, KNOWN)
def test_every_name_is_one_and_no_dotfile_of_strangers(text: str, known: Known) -> None:
    try:
        template = name_template(text, now=NOW)
    except UsageError:
        assume(False)  # noqa: FBT003
    path = template.fill(known)
    assert path
    literal = set(text.split("/"))
    for name in path.split("/"):
        assert len(name.encode()) <= 215
        assert not name.startswith(".") or name in literal


@given(TEMPLATES, KNOWN)
def test_the_same_line_goes_to_the_same_place(text: str, known: Known) -> None:
    try:
        first, second = (name_template(text, now=NOW) for _ in range(2))
    except UsageError:
        assume(False)  # noqa: FBT003
    assert first.fill(known) == second.fill(known)


@given(KNOWN)
def test_a_file_system_takes_every_place(known: Known) -> None:
    template = name_template("{host}/{path}/{column:said}-{query}/{n:03}-{stem}.{ext}", now=NOW)
    with tempfile.TemporaryDirectory() as root:
        place = Path(root, template.fill(known))
        place.parent.mkdir(parents=True)
        place.write_bytes(b"x")
        assert place.resolve() == Path(root).resolve() / template.fill(known)
