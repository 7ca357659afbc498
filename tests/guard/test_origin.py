"""Who may ask: a Host is taken by what it may be, and an Origin must be the server's own address."""

from __future__ import annotations

import pytest

from spreadscope.guard.origin import address, refusal

HOST = "127.0.0.1:8501"


def asked(host: str | list[str] | None, *, scheme: str = "http", method: str = "GET", **headers: str) -> str | None:
    hosts = [] if host is None else [host] if isinstance(host, str) else host
    sent = [(b"host", value.encode("latin-1")) for value in hosts]
    sent += [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return refusal(scheme, method, sent)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8501", "localhost", "LocalHost:8501", "[::1]", "[::1]:65535"],
)
def test_this_machine_is_answered(host: str) -> None:
    assert asked(host) is None


@pytest.mark.parametrize(
    "host",
    [
        *("", "evil.example", "evil.example:8501", "127.0.0.1.evil.example", "localhost.evil.example",
            "evil-localhost"),
        *("evil.com@127.0.0.1", "localhost@evil.com", "user:pass@localhost", "localhost/evil.com", "localhost?x",
            "localhost#x"),
        *("[::1]evil.com", "[::1].evil.com", "evil.com[::1]", "::1", "[::1", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]"),
        *("localhost.", "127.0.0.1.", "localhost.:8501", "localhost:", "localhost:x", "localhost:0", "localhost:080"),
        *("localhost:65536", "localhost:80:80", "localhost:-1", "localhost:8501 ", " localhost", "localhost\t",
            "localhost\n"),
        *("127.0.0.2", "127.1", "2130706433", "0x7f.0.0.1", "[::]", "127.0.0.1,evil.com", "localhost;evil",
            "lоcalhost".encode().decode("latin-1")),
        *("localhost\x00", "localhost\\evil.com", "%6cocalhost", "localhost:８５０１".encode().decode("latin-1"),
            "ſocalhost".encode().decode("latin-1")),
    ],
)  # fmt: skip
def test_every_other_host_is_refused_and_so_is_its_origin(host: str) -> None:
    why = asked(host)
    assert why is not None
    assert why.startswith("this server answers on this machine only")
    assert why.endswith("open it as 127.0.0.1 or localhost")
    assert asked(HOST, origin=f"http://{host}") is not None
    assert asked(host, origin=f"http://{host}") is not None


def test_a_host_that_is_missing_or_there_twice_is_refused() -> None:
    assert asked(None) is not None
    assert asked([HOST, HOST]) is not None
    assert asked([HOST, "evil.example"]) is not None


def test_a_long_host_is_not_echoed_whole() -> None:
    assert len(asked("x" * 60_000) or "") < 250


@pytest.mark.parametrize(
    ("host", "origin", "scheme"),
    [
        (HOST, "http://127.0.0.1:8501", "http"),
        (HOST, "http://127.0.0.1:8501", "ws"),
        ("localhost", "http://localhost", "http"),
        ("localhost:80", "http://localhost", "http"),
        ("[::1]:8501", "http://[::1]:8501", "ws"),
        ("localhost:8501", "https://localhost:8501", "https"),
        ("localhost", "https://localhost:443", "wss"),
    ],
)
def test_the_servers_own_page_is_answered(host: str, origin: str, scheme: str) -> None:
    assert asked(host, scheme=scheme, origin=origin) is None


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "null", "", "file://", "http://127.0.0.1", "http://127.0.0.1:1",
            "http://localhost:8501"),
        *("https://127.0.0.1:8501", "ws://127.0.0.1:8501", "http:/127.0.0.1:8501", "127.0.0.1:8501",
            "http://127.0.0.1:8501/"),
        *("http://127.0.0.1:8501@evil.com", "http://evil.com@127.0.0.1:8501", "http://127.0.0.1:8501, http://evil.com",
            "HTTP://evil"),
    ],
)  # fmt: skip
def test_pages_of_every_other_address_are_refused_also_of_this_machine(origin: str) -> None:
    for scheme in ("http", "ws"):
        assert asked(HOST, scheme=scheme, origin=origin) is not None


def test_two_origins_are_refused() -> None:
    own = b"http://127.0.0.1:8501"
    assert refusal("http", "GET", [(b"host", HOST.encode()), (b"origin", own), (b"origin", own)]) is not None


@pytest.mark.parametrize(
    ("site", "mode", "dest", "method", "welcome"),
    [
        ("none", "navigate", "document", "GET", True),  # typed, or from a bookmark
        ("same-origin", "cors", "empty", "POST", True),
        ("same-origin", "websocket", "websocket", "GET", True),
        ("cross-site", "navigate", "document", "GET", True),  # a link on another page
        ("cross-site", "navigate", "document", "POST", False),
        ("cross-site", "navigate", "iframe", "GET", False),
        ("same-site", "no-cors", "image", "GET", False),  # another port of this machine
        ("cross-site", "no-cors", "script", "GET", False),
        ("cross-site", "websocket", "websocket", "GET", False),
    ],
)
def test_what_a_browser_says_of_the_asking_page_is_believed(
    site: str, mode: str, dest: str, method: str, *, welcome: bool
) -> None:
    why = asked(HOST, method=method, sec_fetch_site=site, sec_fetch_mode=mode, sec_fetch_dest=dest)
    assert (why is None) == welcome


def test_an_address_has_the_port_of_its_scheme() -> None:
    assert address("http", "LOCALHOST") == ("http", "localhost", 80)
    assert address("https", "[::1]") == ("https", "[::1]", 443)
    assert address("ftp", "localhost") is None


PUBLIC = frozenset({"scope.example.org", "[2001:db8::1]"})


def asked_of_public(host: str, *, scheme: str = "https", **headers: str) -> str | None:
    sent = [(b"host", host.encode()), *((name.encode(), value.encode()) for name, value in headers.items())]
    return refusal(scheme, "POST", sent, PUBLIC)


def test_a_server_with_public_names_is_called_by_them_too() -> None:
    assert asked_of_public("scope.example.org") is None
    assert asked_of_public("Scope.Example.org:443", origin="https://scope.example.org") is None
    assert asked_of_public("[2001:db8::1]:8443", origin="https://[2001:db8::1]:8443") is None
    assert asked_of_public("127.0.0.1:8501", scheme="http") is None


@pytest.mark.parametrize(
    "host",
    [
        "example.org", "evil.scope.example.org", "scope.example.org.", "scope.example.org.evil.com",
        "xscope.example.org", "[2001:db8::2]", "2001:db8::1", "scope.example.org:0", "scope.example.org@evil.com",
    ],
)  # fmt: skip
def test_a_server_with_public_names_answers_to_no_other(host: str) -> None:
    assert "use one of" in (asked_of_public(host) or "")
    assert asked_of_public("scope.example.org", origin=f"https://{host}") is not None


def test_an_origin_of_another_scheme_or_port_is_foreign() -> None:
    assert asked_of_public("scope.example.org", origin="http://scope.example.org") is not None
    assert asked_of_public("scope.example.org", origin="https://scope.example.org:8443") is not None
    assert asked_of_public("scope.example.org", origin="https://localhost") is not None
