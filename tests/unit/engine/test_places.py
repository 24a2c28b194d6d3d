"""The folders that downloads go to."""

from pathlib import Path

from rheo.domain.download import DownloadRequest
from rheo.domain.url import parse_url
from rheo.engine.places import Places


def test_no_more_folders_are_remembered_than_said(tmp_path: Path) -> None:
    places = Places(most=2)

    def prepare(name: str) -> None:
        places.prepare([DownloadRequest(url=parse_url("https://a.example/x"), directory=tmp_path / name)])

    for name in ("a", "b", "c"):
        prepare(name)
    (tmp_path / "a").rmdir()
    prepare("a")
    assert (tmp_path / "a").is_dir()
