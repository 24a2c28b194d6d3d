"""A real server: nginx, over HTTP/1.1 and HTTP/2."""

import rheo


def test_a_lone_download_asks_for_http_1_1(nginx, downloads, ca_file):
    server = nginx()
    server.publish("one.bin", b"x" * 3_000_000)

    result = rheo.download(f"https://localhost:{server.secure}/one.bin", directory=downloads, ca_file=ca_file)

    assert result.http_version == "1.1"
    assert result.size == 3_000_000
    assert result.timings.tls is not None


def test_many_of_one_origin_share_http_2_connections(nginx, downloads, ca_file):
    server = nginx()
    for number in range(200):
        server.publish(f"{number}.bin", bytes([number]) * 1000)
    urls = [f"https://localhost:{server.secure}/{number}.bin" for number in range(200)]

    with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file) as manager:
        handles = manager.add_many(urls)
        results = [handle.wait() for handle in handles]

    assert {result.http_version for result in results} == {"2"}
    assert sum(result.timings.connect is not None for result in results) <= 2
    assert all(result.path.read_bytes() == bytes([number]) * 1000 for number, result in enumerate(results))


def test_a_large_body_over_http_2_arrives_whole(nginx, downloads, ca_file):
    server = nginx()
    large = bytes(range(256)) * 20_000
    for name in ("a", "b"):
        server.publish(name, large)

    with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file) as manager:
        handles = manager.add_many([f"https://localhost:{server.secure}/{name}" for name in ("a", "b")])

    assert [handle.wait().path.read_bytes() == large for handle in handles] == [True, True]


def test_many_small_files_over_plain_http_reuse_their_connections(nginx, downloads):
    server = nginx()
    for number in range(100):
        server.publish(f"small{number}", b"x")

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handles = manager.add_many([f"http://127.0.0.1:{server.plain}/small{number}" for number in range(100)])
        results = [handle.wait() for handle in handles]

    assert sum(result.timings.connect is not None for result in results) <= 8
    assert {result.http_version for result in results} == {"1.1"}
