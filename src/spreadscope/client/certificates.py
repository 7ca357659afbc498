"""The certificate authorities that our HTTP clients trust, read once a process."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted_certificates() -> ssl.SSLContext:
    """Returns the authorities for ``verify`` of a client that is made often.

    httpx else reads them anew for every client, of plain HTTP too: some 20 ms of processor time, and a page makes
    several clients a run.
    """
    return httpx.create_ssl_context(trust_env=False)
