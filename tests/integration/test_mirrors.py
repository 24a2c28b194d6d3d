"""One file from several sources, through the public call and real sockets: quick, and right whoever lies."""

import hashlib
import time

import pytest

import rheo
from origin import File, Flipped, Generated, Origin, Rangeless, Redirect, Status, cut, paced, page, reset, stalled
from origin.steps import Wait

NEVER = rheo.RetryPolicy(attempts=0)
LOGIN = rheo.Login("ann", rheo.Secret("canary"))
QUICK = rheo.RetryPolicy(base=0.001, ceiling=0.002)
SIZE = 12_000_000
DATA = Generated(SIZE)
RATE = 2e6


def serve(origins, *replies):
    for origin, reply in zip(origins, replies, strict=False):
        origin.serve("/a.bin", reply)
    return [origin.url("/a.bin") for origin in origins[: len(replies)]]


def fetch(urls, downloads, **more):
    more.setdefault("retry_policy", NEVER)
    first, *mirrors = urls
    return rheo.download(first, mirrors=mirrors, directory=downloads, **more)


def tagged(data=DATA, tag='"one"', rate=RATE):
    return paced(File(data, etag=tag), rate=rate)


def assert_whole(result, data=DATA):
    assert result.path.name == "a.bin"
    assert result.path.read_bytes() == data.read(0, data.size)
    assert [path.name for path in result.path.parent.iterdir()] == ["a.bin"]


def share(result, origin):
    return next(each for each in result.sources if each.url == origin.url("/a.bin"))


# --- all of them together


def test_every_source_brings_a_share(origins, downloads):
    urls = serve(origins, tagged(), tagged(tag='"two"'), tagged(tag='"three"'))

    result = fetch(urls, downloads)

    assert_whole(result)
    assert all(each.size > 500_000 for each in result.sources)
    assert sum(each.size for each in result.sources) == SIZE
    assert result.connections_made >= len(origins)
    assert result.verification is rheo.Verification.UNVERIFIED, "nothing but seams says that they are the same"


def test_a_hash_makes_it_verified(origins, downloads):
    urls = serve(origins, tagged(), tagged(), tagged())

    result = fetch(urls, downloads, checksum=f"sha256:{DATA.sha256()}")

    assert_whole(result)
    assert result.verification is rheo.Verification.VERIFIED


def test_each_source_is_held_to_its_own_validator(origins, downloads):
    urls = serve(origins, tagged(tag='"one"'), tagged(tag='"two"'))

    fetch(urls, downloads)

    later = [request.headers["if-range"] for request in origins[1].requests if "if-range" in request.headers]
    assert later
    assert set(later) == {'"two"'}


def test_a_small_file_comes_from_the_first_one_alone(origins, downloads):
    data = Generated(1000)
    urls = serve(origins, File(data), File(data))

    assert_whole(fetch(urls, downloads), data)
    assert not origins[1].requests


def test_mirrors_see_no_secret_of_the_first_origin(origins, downloads):
    urls = serve(origins, tagged(), tagged())

    fetch(urls, downloads, headers={"X-Key": "canary"}, cookies={"c": "canary"}, login=LOGIN)

    assert origins[1].requests
    assert not any("canary" in str(request.raw) for request in origins[1].requests)
    assert not any("authorization" in request.headers for request in origins[1].requests)
    assert "canary" in str(origins[0].requests[0].raw)


# --- one is dead, slow, or dies


def test_a_mirror_that_answers_and_then_says_nothing_is_raced_by_the_first_one(origins, downloads):
    urls = serve(origins, tagged(rate=4e6), stalled(File(DATA), after=0))

    began = time.monotonic()
    result = fetch(urls, downloads)

    assert_whole(result)
    assert time.monotonic() - began < 8, "and not the twenty seconds that a standstill may last"


def test_a_first_source_that_is_dead_costs_nothing(origins, downloads):
    with Origin() as gone:
        dead = gone.url("/a.bin")
    urls = serve(origins, tagged(rate=20e6))

    result = fetch([dead, *urls], downloads)

    assert_whole(result)
    assert result.seconds < 2


def test_a_first_source_without_an_address_costs_nothing(origins, downloads):
    urls = serve(origins, tagged(rate=20e6))

    result = fetch(["http://nowhere.invalid/a.bin", *urls], downloads)

    assert_whole(result)
    assert result.seconds < 2


def test_a_first_source_that_is_silent_costs_less_than_two_seconds(origins, downloads):
    urls = serve(origins, stalled(File(DATA), after=0), tagged(rate=20e6))
    origins[0].greet(*[Wait()] * 5)

    result = fetch(urls, downloads)

    assert_whole(result)
    assert result.seconds < 3


@pytest.mark.parametrize("refusal", [Status(404), Status(403), Status(503), Status(204)])
def test_a_first_source_that_refuses_gives_its_turn_away(origins, downloads, refusal):
    urls = serve(origins, refusal, tagged(rate=20e6))

    assert_whole(fetch(urls, downloads))


def test_a_first_source_that_sends_a_page_gives_its_turn_away(origins, downloads):
    urls = serve(origins, page(), tagged(rate=20e6))

    assert_whole(fetch(urls, downloads))


def test_a_mirror_that_sends_a_page_is_not_believed_while_the_first_source_may_come_back(origins, downloads):
    urls = serve(origins, [Status(503), tagged(rate=20e6)], page())

    assert_whole(fetch(urls, downloads, retry_policy=QUICK))


def test_where_every_source_sends_a_page_it_is_the_file(origins, downloads):
    urls = serve(origins, page(), Status(404), page())

    result = fetch(urls, downloads)

    assert result.path.read_text().startswith("<!doctype html>")
    assert result.content_suspicious


def test_small_files_fail_over_too(origins, downloads):
    data = Generated(1000)
    urls = serve(origins, cut(File(data), after=100), File(data))

    assert_whole(fetch(urls, downloads), data)


def test_where_every_source_fails_the_most_hopeful_error_is_told(origins, downloads):
    urls = serve(origins, Status(404), Status(503))

    with pytest.raises(rheo.HttpStatusError, match="503") as caught:
        fetch(urls, downloads)

    assert "1 more source" in caught.value.message


def test_all_are_tried_again(origins, downloads):
    urls = serve(origins, [Status(503), tagged(rate=20e6)], Status(404))

    assert_whole(fetch(urls, downloads, retry_policy=QUICK))


@pytest.mark.parametrize("end", [cut, reset])
def test_a_source_that_dies_midway_costs_its_rest(origins, downloads, end):
    dying = end(tagged(), after=1_000_000)
    urls = serve(origins, [dying, Status(503)], tagged())

    result = fetch(urls, downloads)

    assert_whole(result)
    assert share(result, origins[1]).size >= SIZE - 4_000_000


@pytest.mark.parametrize(("whole", "asked"), [(Rangeless(File(DATA)), 2), (File(DATA, ranges=False), 1)])
@pytest.mark.parametrize("then", [(), [Status(500)], [Status(404)]])
def test_what_no_source_has_in_parts_comes_whole_from_another_one(origins, downloads, whole, asked, then):
    dying = [cut(whole, after=1_000_000)] * asked
    urls = serve(origins, [*dying, *then], whole)

    assert_whole(fetch(urls, downloads, retry_policy=rheo.RetryPolicy(attempts=3, base=0.001, ceiling=0.002)))


@pytest.mark.parametrize("whole", [Rangeless(File(DATA)), File(DATA, ranges=False)])
def test_where_all_break_off_and_none_serves_parts_nothing_is_kept(origins, downloads, whole):
    dying = cut(whole, after=1_000_000)
    urls = serve(origins, dying, dying)

    with pytest.raises(rheo.TruncatedBodyError):
        fetch(urls, downloads)

    assert not list(downloads.iterdir())


def test_a_source_that_falls_silent_midway_is_replaced(origins, downloads):
    urls = serve(origins, stalled(tagged(), after=1_000_000), tagged())

    assert_whole(fetch(urls, downloads))


# --- one lies


def test_a_mirror_of_another_size_is_banned(origins, downloads, caplog):
    urls = serve(origins, tagged(), tagged(Generated(SIZE - 1)))

    result = fetch(urls, downloads)

    assert_whole(result)
    assert share(result, origins[1]).size == 0
    assert share(result, origins[1]).banned == f"its file has {SIZE - 1} bytes, not {SIZE}"
    assert len(origins[1].requests) == 1
    assert urls[1] in caplog.text


def test_a_mirror_with_other_bytes_is_banned_and_its_bytes_fetched_again(origins, downloads):
    urls = serve(origins, tagged(), tagged(Generated(SIZE, seed=1)))

    result = fetch(urls, downloads)

    assert_whole(result)
    assert share(result, origins[1]).size == 0
    assert "another byte" in share(result, origins[1]).banned
    assert share(result, origins[0]).size == SIZE


def test_a_mirror_that_changes_midway_is_banned(origins, downloads):
    other = tagged(Generated(SIZE, seed=1), tag='"new"')
    urls = serve(origins, tagged(), [tagged(tag='"old"'), tagged(tag='"old"'), other])

    result = fetch(urls, downloads)

    assert_whole(result)


@pytest.mark.parametrize("instead", [page(), Rangeless(File(DATA)), Status(404)])
def test_a_mirror_that_does_not_serve_it_is_banned(origins, downloads, instead):
    urls = serve(origins, tagged(), instead)

    result = fetch(urls, downloads)

    assert_whole(result)
    assert share(result, origins[1]).banned is not None


def test_a_mirror_may_redirect_to_another(origins, downloads):
    urls = serve(origins, tagged(), Redirect(origins[2].url("/b.bin")))
    origins[2].serve("/b.bin", tagged())

    result = fetch(urls, downloads)

    assert_whole(result)
    assert share(result, origins[1]).size > 0


# --- bytes that only a digest finds

FLIPPED = Flipped(SIZE, at=SIZE // 2 + 777)
DIGEST = f"sha256:{DATA.sha256()}"
PIECE = 1024 * 1024


def pieces_of(data):
    digests = [hashlib.sha256(data.read(start, start + PIECE)).hexdigest() for start in range(0, data.size, PIECE)]
    return rheo.Pieces(algorithm="sha256", length=PIECE, digests=tuple(digests))


def bytes_asked(origin):
    spans = [request.headers["range"].removeprefix("bytes=").split("-") for request in origin.requests]
    return sum(int(last or SIZE - 1) - int(first) + 1 for first, last in spans)


def test_a_mirror_whose_lie_the_digest_finds_costs_what_it_brought(origins, downloads):
    urls = serve(origins, tagged(), tagged(FLIPPED, rate=20 * RATE))

    result = fetch(urls, downloads, checksum=DIGEST)

    assert_whole(result)
    assert result.verification is rheo.Verification.VERIFIED
    assert share(result, origins[1]).size == 0


def test_a_first_source_whose_lie_the_digest_finds_gives_way_to_the_next(origins, downloads):
    urls = serve(origins, tagged(Flipped(SIZE, at=100), rate=20 * RATE), tagged(rate=20 * RATE))

    result = fetch(urls, downloads, checksum=DIGEST)

    assert_whole(result)
    assert result.final_url == urls[1]


def test_a_small_file_whose_lie_the_digest_finds_comes_from_the_next(origins, downloads):
    data = Generated(1000)
    urls = serve(origins, File(Flipped(1000, at=500)), File(data))

    assert_whole(fetch(urls, downloads, checksum=f"sha256:{data.sha256()}"), data)


def test_where_all_lie_nothing_gets_the_name(origins, downloads):
    urls = serve(origins, tagged(FLIPPED, rate=20 * RATE), tagged(FLIPPED, rate=20 * RATE))

    with pytest.raises(rheo.ChecksumMismatchError):
        fetch(urls, downloads, checksum=DIGEST)

    assert not list(downloads.iterdir()), "what is known to be wrong is kept for nobody"


def test_where_one_lies_and_the_others_fail_both_is_told(origins, downloads):
    urls = serve(origins, Status(404), File(Generated(1000)))

    with pytest.raises(rheo.HttpStatusError) as caught:
        fetch(urls, downloads, checksum=DIGEST)

    assert f"status 404: not found; the file from {origins[1].url('')} has not its digest" in caught.value.message


def test_a_wrong_piece_is_fetched_again_and_nothing_else(origins, downloads):
    urls = serve(origins, [tagged(FLIPPED, rate=20 * RATE)], tagged(rate=20 * RATE))
    origins[1].serve("/a.bin", tagged(rate=RATE))

    result = fetch(urls, downloads, pieces=pieces_of(DATA), size=SIZE, strategy="in-order", connections=1)

    assert_whole(result)
    assert result.verification is rheo.Verification.VERIFIED


def test_one_source_may_do_better_the_second_time(origins, downloads):
    replies = [tagged(FLIPPED, rate=20 * RATE), tagged(rate=20 * RATE)]
    urls = serve(origins, replies)

    result = fetch(urls, downloads, pieces=pieces_of(DATA), connections=1, segment_size="64M")

    assert_whole(result)
    assert bytes_asked(origins[0]) <= SIZE + PIECE + 2 * 4096


@pytest.mark.parametrize("connections", [None, 1])
@pytest.mark.parametrize("at", [1000, SIZE // 2])
def test_what_is_mended_counts_once(origins, downloads, connections, at):
    replies = [tagged(Flipped(SIZE, at=at), rate=20 * RATE)] * 4 + [tagged(rate=20 * RATE)]
    urls = serve(origins, replies, tagged(rate=RATE))

    result = fetch(urls, downloads, pieces=pieces_of(DATA), connections=connections, strategy="in-order")

    assert_whole(result)
    assert result.size == SIZE
    assert sum(each.size for each in result.sources) == SIZE


def test_pieces_that_are_never_right_end_in_an_error_that_names_one(origins, downloads):
    urls = serve(origins, tagged(FLIPPED, rate=20 * RATE))

    with pytest.raises(rheo.ChecksumMismatchError, match="piece 6 of 12"):
        fetch(urls, downloads, pieces=pieces_of(DATA))

    assert not (downloads / "a.bin").exists()


def test_a_promised_size_is_held(origins, downloads):
    urls = serve(origins, tagged(), tagged(Generated(SIZE - 1)))

    with pytest.raises(rheo.SizeMismatchError, match=f"{SIZE} bytes where {SIZE + 1} were promised"):
        fetch(urls, downloads, size=SIZE + 1)

    assert_whole(fetch([urls[1], urls[0]], downloads, size=SIZE))


# --- how they are chosen


def test_sources_may_be_had_in_order(origins, downloads):
    urls = serve(origins, tagged(), tagged())

    assert_whole(fetch(urls, downloads, strategy="in-order", connections=2))
    assert not origins[1].requests


def test_every_source_is_tried_before_one_gets_a_second_connection(origins, downloads):
    urls = serve(origins, tagged(rate=3e5), tagged(rate=20e6))

    result = fetch(urls, downloads, connections=2)

    assert_whole(result)
    assert share(result, origins[1]).size > SIZE / 2


def test_users_may_choose_themselves(origins, downloads):
    class Last:
        def choose(self, candidates, dice):
            assert 0 <= dice < 1
            return max(candidates, key=lambda each: each.rank)

    urls = serve(origins, tagged(), tagged(), tagged())

    assert_whole(fetch(urls, downloads, strategy=Last(), connections=2))
    assert not origins[1].requests
    assert origins[2].requests


def test_a_strategy_that_does_not_choose_is_told_as_the_callers_fault(origins, downloads):
    class Failing:
        def choose(self, candidates, dice):
            raise ValueError(len(candidates))

    class Choosing:
        def choose(self, candidates, dice):
            return None

    urls = serve(origins, tagged(), tagged())

    for strategy, said in ((Failing(), "failed: ValueError: 2"), (Choosing(), "chose none of its candidates")):
        with pytest.raises(rheo.UsageError, match=said):
            fetch(urls, downloads, strategy=strategy)


# --- later runs


def test_a_mirror_goes_on_with_what_an_earlier_run_left(origins, downloads):
    urls = serve(origins, [stalled(tagged(), after=1_500_000), Status(503)], tagged())
    origins[0].serve("/a.bin", reset(tagged(rate=20e6), after=3_000_000))
    with pytest.raises(rheo.RheoError):
        fetch(urls[:1], downloads, connections=1)
    origins[0].serve("/a.bin", Status(503))

    result = fetch(urls, downloads)

    assert_whole(result)
    assert result.resumed > 0


def test_a_later_run_knows_that_mirrors_brought_some_of_it(origins, downloads):
    broken = [reset(tagged(), after=1_500_000), Status(503)]
    urls = serve(origins, broken, broken)
    with pytest.raises(rheo.RheoError):
        fetch(urls, downloads)
    assert any("range" in request.headers for request in origins[1].requests)
    serve(origins, tagged(rate=20e6))

    result = fetch(urls[:1], downloads)

    assert_whole(result)
    assert result.resumed > 1_500_000
    assert result.verification is rheo.Verification.UNVERIFIED, "its validator says nothing of what another server sent"


# --- what is refused


@pytest.mark.parametrize(
    "wrong",
    [
        {"mirrors": "http://a.example/x"},
        {"mirrors": ["http://ann:pw@a.example/x"]},
        {"mirrors": ["ftp://a.example/x"]},
        {"mirrors": ["http://a.example/x"], "method": "POST", "data": "a=1"},
        {"mirrors": ["http://a.example/x"], "strategy": "slowest"},
    ],
)
def test_wrong_wishes_are_refused_before_anything_is_sent(origin, downloads, wrong):
    with pytest.raises(rheo.UsageError) as caught:
        rheo.download(origin.url("/a"), directory=downloads, **wrong)

    assert "pw" not in caught.value.message
    assert not origin.requests


# --- what is remembered while the process lives


@pytest.fixture
def again(downloads):
    """Fetches a file under a name, by one and the same manager."""
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER) as manager:
        yield lambda urls, name: manager.add(urls[0], mirrors=urls[1:], output=name).wait()


def test_a_host_that_was_silent_is_asked_last_the_next_time(origins, again):
    urls = serve(origins, tagged(), tagged(rate=20e6))
    origins[0].greet(*[Wait()] * 9)

    first, second = again(urls, "one.bin"), again(urls, "two.bin")

    assert first.seconds > 1.0
    assert second.seconds < first.seconds - 0.5
    assert second.sources[0].url == urls[1], "it is the one that the others are held against"


def test_a_mirror_that_lied_is_not_asked_for_that_file_again(origins, again):
    urls = serve(origins, tagged(), tagged(Generated(SIZE, seed=1)))

    first, asked = again(urls, "one.bin"), len(origins[1].requests)
    second = again(urls, "two.bin")

    assert share(first, origins[1]).banned
    assert second.sources == ()
    assert len(origins[1].requests) == asked
    assert second.path.read_bytes() == DATA.read(0, SIZE)
