"""Names: what server and URL suggest, made safe."""

from __future__ import annotations

import pytest

from rheo.domain.safe_names import MOST_BYTES, SUFFIX_BYTES, numbered, safe_name
from rheo.domain.settings import RestrictFilenames
from rheo.domain.url import parse_url
from rheo.engine.names.extensions import all_extensions
from rheo.engine.names.filename import name_and_source, possible_names


def chosen(**known) -> str:
    return name_and_source(**known)[0]


def of_url(target: str, content_type: str | None = "application/octet-stream") -> str:
    return chosen(disposition=None, url=parse_url(f"https://example.com{target}"), content_type=content_type)


def of_header(value: str) -> str:
    return chosen(disposition=value, url=parse_url("https://example.com/from-url.bin"), content_type=None)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/a.iso", "a.iso"),
        ("/b/a.iso?x=/y.zip#z", "a.iso"),
        ("/gr%C3%B6%C3%9Fe.iso", "gr\u00f6\u00dfe.iso"),
        ("/gr\u00f6\u00dfe.iso", "gr\u00f6\u00dfe.iso"),
        ("/caf%E9.iso", "caf\u00e9.iso"),
        ("/a%20b.iso", "a b.iso"),
        ("/a%2Fb.iso", "b.iso"),
        ("/a%5Cb.iso", "b.iso"),
        ("/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd"),
        ("/..%252f..%252fetc", "%2f..%252fetc".replace("%25", "%")),  # decoded once, and no further
        ("/%2e%2e%2f", "download"),
        ("/..", "download"),
        ("/%2ebashrc", "bashrc"),
        ("/a.iso%00.exe", "a.iso_.exe"),
        ("/a:b", "a_b"),
        ("/a/", "download"),
    ],
)
def test_a_url_names_the_file_by_its_last_part_decoded_once(target: str, name: str) -> None:
    assert of_url(target) == name


@pytest.mark.parametrize(
    ("target", "content_type", "name"),
    [
        ("/", None, "index.html"),
        ("/", "text/html; charset=utf-8", "index.html"),
        ("/a/", "text/html", "index.html"),
        ("/a/", None, "download"),
        ("/", "application/zip", "download.zip"),
        ("/?file=a.iso", "application/zip", "download.zip"),
        ("/", "application/octet-stream", "download"),
        ("/", "text/plain; charset=utf-8", "download.txt"),
        ("/..", "image/png", "download.png"),
    ],
)
def test_a_url_without_a_name_gets_one_that_always_serves(target: str, content_type: str | None, name: str) -> None:
    assert of_url(target, content_type) == name


@pytest.mark.parametrize(
    ("target", "content_type", "name"),
    [
        ("/report", "application/pdf", "report.pdf"),
        ("/report", 'Application/PDF; name="x.exe"', "report.pdf"),
        ("/report.bin", "application/pdf", "report.bin"),
        ("/v1.2", "application/zip", "v1.2"),
        ("/Mr.%20Smith", "application/pdf", "Mr. Smith.pdf"),
        ("/con", "application/pdf", "_con.pdf"),
        ("/a.part", "application/pdf", "a.part_"),
        ("/gr%C3%B6%C3%9Fe", "image/jpeg", "gr\u00f6\u00dfe.jpg"),
        ("/report", "application/octet-stream", "report"),
        ("/report", "text/plain", "report"),
        ("/report", "text/html", "report"),
        ("/report", "application/x-msdownload", "report"),
        ("/report", "", "report"),
        ("/report", None, "report"),
    ],
)
def test_a_name_without_an_extension_gets_that_of_its_type(target: str, content_type: str | None, name: str) -> None:
    assert of_url(target, content_type) == name


def test_the_type_ends_the_name_of_a_header_too() -> None:
    url = parse_url("https://example.com/x.php")
    assert chosen(disposition="inline; filename=a", url=url, content_type="text/csv") == "a.csv"


def test_a_long_name_is_cut_for_its_extension() -> None:
    name = of_url("/" + "a" * 300, "application/pdf")
    assert name.endswith(".pdf")
    assert len(name) == MOST_BYTES - SUFFIX_BYTES


def test_what_a_name_may_become_is_known_before_its_type_is() -> None:
    assert list(possible_names("a.iso")) == ["a.iso"]
    assert list(possible_names("a")) == ["a", *(f"a{extension}" for extension in all_extensions())]


@pytest.mark.parametrize(
    ("header", "redirected", "name"),
    [
        ("attachment; filename=header.iso", "/redirected.iso", "header.iso"),
        (None, "/redirected.iso", "redirected.iso"),
        ("attachment; filename=..", "/%2e%2e%2fpasswd", "passwd"),
        (None, "/", "given.iso"),
        (None, None, "given.iso"),
    ],
)
def test_a_redirect_chooses_after_the_header_and_before_the_users_url(
    header: str | None, redirected: str | None, name: str
) -> None:
    url = parse_url("https://example.com/given.iso")
    target = None if redirected is None else url.join(redirected)
    assert chosen(disposition=header, url=url, redirected=target, content_type=None) == name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('attachment; filename="a.iso"', "a.iso"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        (r'attachment; filename="..\\..\\boot.ini"', "boot.ini"),
        ('attachment; filename="/etc/passwd"', "passwd"),
        (r'attachment; filename="C:\\Windows\\a.dll"', "a.dll"),
        ('attachment; filename=".bashrc"', "bashrc"),
        ("attachment; filename*=UTF-8''..%2F..%2Fa", "a"),
        ("attachment; filename*=UTF-8''..%252Fa", "%2Fa"),
        ('attachment; filename=".."', "from-url.bin"),
        ('attachment; filename="a/"', "from-url.bin"),
        ("attachment", "from-url.bin"),
        ("", "from-url.bin"),
    ],
)
def test_a_header_goes_before_the_url_where_it_gives_a_name(value: str, name: str) -> None:
    assert of_header(value) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        # places outside the folder
        ("../x", "x"),
        ("..\\x", "x"),
        ("/etc/x", "x"),
        ("C:\\x", "x"),
        ("C:x", "C_x"),
        ("\\\\server\\share\\x", "x"),
        ("//server/share/x", "x"),
        ("\\\\?\\C:\\x", "x"),
        ("x::$DATA", "x__$DATA"),
        # dotfiles, options, home folders
        (".bashrc", "bashrc"),
        ("...bashrc", "bashrc"),
        ("-rf", "rf"),
        ("--output=x", "output=x"),
        ("~root", "root"),
        (" .-~x", "x"),
        # what other systems cannot store
        ('<>:"|?*', "_______"),
        ("a\x00b\x1b\x7f\x9bc", "a_b___c"),
        ("a\r\nb", "a__b"),
        ("a.exe. . ", "a.exe"),
        ("a.exe\u3000", "a.exe"),
        ("a.exe.\x00", "a.exe._"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Aux.tar.gz", "_Aux.tar.gz"),
        ("NUL .txt", "_NUL .txt"),
        ("lpt9", "_lpt9"),
        ("COM\u00b9", "_COM\u00b9"),
        ("CONIN$", "_CONIN$"),
        ("conout$.log", "_conout$.log"),
        ("...CON", "_CON"),
        ("CONSOLE", "CONSOLE"),
        ("COM10", "COM10"),
        # text that shows something else than it is
        ("photo\u202egpj.exe", "photo_gpj.exe"),
        ("a\u2066b\u200ec\u2028d", "a_b_c_d"),
        ("a\ud800b", "a_b"),
        # one name in two forms
        ("e\u0301.txt", "\u00e9.txt"),
        # our own part files
        ("x.part", "x.part_"),
        ("x.PART.", "x.PART_"),
        ("x.part.json", "x.part.json_"),
        ("x.part.json.0.new", "x.part.json.0.new_"),
        ("x.part.live", "x.part.live_"),
        ("x.part.01abcdef.take", "x.part.01abcdef.take_"),
        ("x.part.01abcdef.DONE", "x.part.01abcdef.DONE_"),
        ("well.done", "well.done"),
        ("something.new", "something.new"),
        ("x.apart", "x.apart"),
        ("x.partial", "x.partial"),
        # names that are fine
        ("README", "README"),
        ("_a-1.2.tar.gz", "_a-1.2.tar.gz"),
        ("a b (1)\u00e9.iso", "a b (1)\u00e9.iso"),
    ],
)
def test_a_name_is_safe_on_every_system(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["", ".", "..", "...", " ", "-", "~", "a/", "a\\", "../..", ". . .", "-~.- "])
def test_of_some_names_nothing_is_left(name: str) -> None:
    assert safe_name(name) is None


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a b (1)'$&.iso", "a b (1)'$&.iso"),
        ("gr\u00f6\u00dfe.iso", "gro_e.iso"),
        ("cafe\u0301.iso", "cafe.iso"),
        ("\u0416\u4f8b.iso", "__.iso"),
        ("\ufb01le\u2122.iso", "fileTM.iso"),
        ("a\uff0fb\uff3cc.iso", "a_b_c.iso"),
        ("a/b\u00e9.iso", "be.iso"),
        ("a\uff1ab.iso", "a_b.iso"),
        ("\u2026bashrc", "bashrc"),
        ("con\u0301.txt", "_con.txt"),
        ("a.p\u00e1rt", "a.part_"),
        ("\U0001f600", "_"),
        ("\u0301", None),
        ("\u2024\u2024", None),
    ],
)
def test_ascii_leaves_nothing_else_in_a_name(name: str, safe: str | None) -> None:
    assert safe_name(name, RestrictFilenames.ASCII) == safe


def test_ascii_cuts_a_name_only_once_it_is_ascii() -> None:
    assert safe_name("\u00e9" * 200 + ".iso", RestrictFilenames.ASCII) == "e" * 200 + ".iso"
    name = safe_name("\ufdfa" * 50, RestrictFilenames.ASCII)
    assert name is not None
    assert len(name) == MOST_BYTES - SUFFIX_BYTES


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("desktop.ini", "_desktop.ini"),
        ("Thumbs.db", "_Thumbs.db"),
        ("AUTORUN.INF", "_AUTORUN.INF"),
        ("clock$.txt", "_clock$.txt"),
        ("com0", "_com0"),
        ("LPT0.txt", "_LPT0.txt"),
        ("a.lnk", "a.lnk_"),
        ("a.exe.Local", "a.exe.Local_"),
        ("a.url", "a.url_"),
        ("a.scf", "a.scf_"),
        ("a.{645FF040-5081-101B-9F08-00AA002F954E}", "a.{645FF040-5081-101B-9F08-00AA002F954E}_"),
        ("my desktop.ini", "my desktop.ini"),
        ("com01", "com01"),
        ("gr\u00f6\u00dfe.iso", "gr\u00f6\u00dfe.iso"),
    ],
)
def test_windows_keeps_off_what_its_explorer_acts_upon(name: str, safe: str) -> None:
    assert safe_name(name, RestrictFilenames.WINDOWS) == safe
    assert safe_name(name) == name


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", [".{", ".", " ", "_", "\u0301", "\ufdfa", "/", "com0 "])
@pytest.mark.parametrize("restrict", [None, *RestrictFilenames])
def test_a_megabyte_of_a_name_takes_no_quadratic_time(piece: str, restrict: RestrictFilenames | None) -> None:
    safe_name(piece * (500_000 // len(piece)) + "\u00e9", restrict)


@pytest.mark.parametrize("character", ["a", "\u00e9", "\u4f8b", "\U0001f600"])
def test_a_long_name_is_cut_on_a_character_and_keeps_its_extension(character: str) -> None:
    name = safe_name(f"{character * 300}.iso")
    assert name is not None
    assert name.startswith(character)
    assert name.endswith(".iso")
    assert MOST_BYTES - SUFFIX_BYTES - 4 < len(name.encode()) <= MOST_BYTES - SUFFIX_BYTES


def test_a_name_that_just_fits_is_not_cut() -> None:
    fitting = "a" * (MOST_BYTES - SUFFIX_BYTES)
    assert safe_name(fitting) == fitting
    assert safe_name(f"{fitting}a") != f"{fitting}a"


def test_two_long_names_that_begin_alike_stay_apart() -> None:
    assert safe_name("a" * 300 + "1.iso") != safe_name("a" * 300 + "2.iso")


def test_what_is_too_long_for_an_extension_is_cut_with_the_rest() -> None:
    name = safe_name("a." + "b" * 300)
    assert name is not None
    assert len(name) == MOST_BYTES - SUFFIX_BYTES


@pytest.mark.parametrize(
    ("name", "number", "result"),
    [
        ("a.iso", 1, "a.1.iso"),
        ("README", 2, "README.2"),
        (".bashrc", 1, ".bashrc.1"),
        ("a.tar.gz", 3, "a.tar.3.gz"),
        ("a.", 1, "a.1."),
        ("a.an ending of many words", 1, "a.an ending of many words.1"),
    ],
)
def test_a_number_goes_before_the_extension(name: str, number: int, result: str) -> None:
    assert numbered(name, number) == result


def test_a_numbered_name_has_room_for_our_suffixes() -> None:
    name = numbered("\u00e9" * 125 + ".iso", 9999)
    assert name.endswith(".9999.iso")
    assert len(f"{name}.damaged.9.part.json.0.new".encode()) <= MOST_BYTES
