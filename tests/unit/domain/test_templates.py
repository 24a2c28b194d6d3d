"""Templates of folders and names: what fields stand for, and what is no template."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from rheo.domain.errors import UsageError
from rheo.domain.settings import RestrictFilenames
from rheo.domain.templates import Known, folder_template, name_template
from rheo.domain.url import parse_url

NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
URL = "https://cdn.example.com/pub/2024/photo.tar.gz?size=9"


def filled(
    text: str,
    url: str = URL,
    number: int = 7,
    said: tuple[tuple[str, str], ...] = (),
    restrict: RestrictFilenames | None = None,
) -> str:
    return name_template(text, now=NOW).fill(Known(parse_url(url), number, said, restrict))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{host}/{path}/{name}", "cdn.example.com/pub/2024/photo.tar.gz"),
        ("{scheme}-{port}/{stem}.{ext}", "https-443/photo.tar.gz"),
        ("{n}-{name}", "7-photo.tar.gz"),
        ("{n:06}.{ext}", "000007.gz"),
        ("{hash:2}/{hash}", "3d/3d33eb9c72f1f733cbda7516347397c128af352b1847e7d9f6c65048dde61fca"),
        ("{date}/{date:%Y/%m}/{n}", "2026-11-30/2026/11/7"),
        ("{query}", "size=9"),
        ("{{{n}}}", "{7}"),
        ("./a/./b//{n}/.//c", "a/b/7/c"),
        ("fixed/{n}", "fixed/7"),
    ],
)
def test_what_fields_stand_for(text: str, path: str) -> None:
    assert filled(text) == path


def test_columns_are_what_a_line_says() -> None:
    said = (("Author_Name", "Ann/Lee"), ("sha256", "ab12"))

    assert filled("{column:author-name}/{column:sha256:2}/{column:sha256}", said=said) == "Ann_Lee/ab/ab12"
    with pytest.raises(UsageError, match="it has no title, which its place is made of"):
        filled("{column:title}", said=said)


@pytest.mark.parametrize(
    ("url", "text", "path"),
    [
        ("https://a.example/", "{host}/{path}/{name}", "a.example/index.html"),
        ("https://a.example/x/", "{path}/{stem}.{ext}", "x/download"),
        ("https://a.example/x", ".{ext}.", "_"),
        ("https://a.example/x", "{ext}", "_"),
        ("https://a.example/%2e%2e/..%2f..%2fetc/./a%2Fb//.ssh/x", "{path}/{name}", "_.._etc/a_b/ssh/x"),
        ("https://[::1]:8080/x", "{host}-{port}", "__1-8080"),
        ("https://a.example/gr%F6%DFe/x", "{path}/{name}", "gr\u00f6\u00dfe/x"),
        ("https://a.example/x?../../y", "{query}", "_.._y"),
        ("https://a.example/con/nul.txt", "{path}/{name}", "_con/_nul.txt"),
        ("https://a.example/x.part", "a{name}", "ax.part_"),
    ],
)
def test_what_strangers_say_is_made_safe(url: str, text: str, path: str) -> None:
    """Invariant 9."""
    assert filled(text, url) == path


def test_names_are_restricted_as_told() -> None:
    url = "https://a.example/caf\u00e9/desktop.ini"

    assert filled("{path}/{name}", url, restrict=RestrictFilenames.ASCII) == "cafe/desktop.ini"
    assert filled("{path}/{name}", url, restrict=RestrictFilenames.WINDOWS) == "caf\u00e9/_desktop.ini"


def test_a_url_of_very_many_folders_has_few() -> None:
    deep, long = (f"https://a.example/{segment * 400}/x" for segment in ("a/", f"{'b' * 100}/"))

    assert len(filled("{path}/{n}", deep).split("/")) < 60
    assert len(filled("{path}/{n}", long)) < 1100
    assert filled("{path}/{n}", deep) != filled("{path}/{n}", f"{deep[:-2]}/b/x")


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    name = filled("{n:06}-{name}", f"https://a.example/{'x' * 300}.jpg")

    assert name.startswith("000007-x")
    assert name.endswith(".jpg")
    assert len(name) < 255


def test_the_date_is_that_of_the_zone() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))

    assert folder_template("{date}", now=there).root == "2026-12-01"


@pytest.mark.parametrize(
    ("text", "root", "below"),
    [
        ("/srv/data/{host}", "/srv/data", "cdn.example.com"),
        ("../x/{n}/y", "../x", "7/y"),
        ("{host}", "", "cdn.example.com"),
        ("/{host}", "/", "cdn.example.com"),
        ("data-{n}/x", "", "data-7/x"),
        ("plain", "plain", ""),
        ("a{{b}}", "a{b}", ""),
        ("", "", ""),
        ("/", "/", ""),
    ],
)
def test_the_root_is_what_stands_before_the_first_field(text: str, root: str, below: str) -> None:
    template = folder_template(text, now=NOW)

    assert (template.root, template.fill(Known(parse_url(URL), 7))) == (root, below)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{hots}", "there is no field {hots}; there are {scheme}, {host}, "),
        ("{}", "there is no field {}"),
        ("{n", "a { has no other; write {{ for one that belongs to no field"),
        ("n}", "a } has no other; write }}"),
        ("{{n}", "a } has no other"),
        ("{n:6}", "{n:6} must say how many digits at least, with a 0 before: {n:06}"),
        ("{n:0}", "{n:0} must say"),
        ("{n:099}", "{n:099} must say"),
        ("{hash:0}", "{hash:0} must say how many digits, at most 64: {hash:2}"),
        ("{hash:65}", "{hash:65} must say"),
        ("{host:3}", "{host} takes nothing behind it, but has :3"),
        ("{column}", "{column} must say which, as in {column:author}"),
        ("{column:Http_Passwd}", "{column:Http_Passwd} is a secret, and everybody sees the names of files"),
        ("{column:header:2}", "{column:header} is a secret"),
        ("{date:%B}", "{date:%B} may have %Y, %m"),
        ("{date:%}", "{date:%} may have"),
        ("x-{path}", "{path} is folders; put it between slashes"),
        ("{host}/../..", "it leads back out of a folder that has a field; leave out the .."),
        ("{n:\x1b[2J}", "{n:\\x1b[2J} must say"),
    ],
)
def test_what_is_no_template_is_a_mistake(text: str, wrong: str) -> None:
    with pytest.raises(UsageError) as caught:
        folder_template(text, now=NOW)

    assert wrong in caught.value.message
    assert caught.value.message.startswith("--directory ")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("../{n}", "it leads out of the folder; --directory says which one that is"),
        ("a/../../{n}", "it leads out of the folder"),
        ("/srv/{n}", "it leads out of the folder"),
        ("/{n}", "it leads out of the folder"),
        ("a.iso", "that names one file, but a list has many; give it a field, as in {n:06}-{name}"),
        ("{date}", "that names one file"),
        ("-", "that names one file"),
        ("", "that names one file"),
        ("{host}/", "it ends in a folder; put a name behind it, as in {path}/{name}"),
        ("{host}/.", "it ends in a folder"),
        ("{host}/{path}", "it ends in a folder"),
        ("{date:..}/{n}", "it leads out of the folder"),
        ("{n}/{date:..}/x", "it leads back out"),
    ],
)
def test_no_name_leads_out_of_its_folder(text: str, wrong: str) -> None:
    with pytest.raises(UsageError) as caught:
        name_template(text, now=NOW)

    assert wrong in caught.value.message
    assert caught.value.message.startswith("--output")
