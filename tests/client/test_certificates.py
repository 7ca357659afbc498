"""The trusted certificates are read once a process, not once a client."""

from __future__ import annotations

import ssl

import httpx
import pytest

from spreadscope.client import Client
from spreadscope.client.certificates import trusted_certificates


def test_a_client_that_is_made_often_reads_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    trusted_certificates()
    reads: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *args: str | None, **named: str | None) -> None:
        reads.append(context)
        load(context, *args, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    for _ in range(3):
        Client("http://127.0.0.1:1").close()
    assert not reads
    httpx.Client(trust_env=False).close()
    assert reads, "what is counted here is what a client of its own reads"


def test_certificates_are_still_checked() -> None:
    context = trusted_certificates()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs()
