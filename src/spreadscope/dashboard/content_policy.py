"""The content security policy of the pages: programs come from this server alone, and none stands in a page.

The two short scripts in Streamlit's document (its own, and ours of ``deep_links``) are named by their hashes, made of
what is installed: a page into which somebody else's script was smuggled does not run it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import streamlit

from spreadscope.dashboard import deep_links

_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


@cache
def policy() -> str:
    """Returns the policy for every answer that has none of its own."""
    plain = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    hashes = hashes_of([plain, deep_links.page_document()])
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(hashes)}",
            "style-src 'self' 'unsafe-inline'",  # Streamlit and the charts make their styles as they draw
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def hashes_of(documents: Iterable[str]) -> list[str]:
    """Returns the sources of the scripts that stand in documents.

    >>> hashes_of(["<script>a</script><script src='b.js'></script>"])
    ["'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"]
    """
    scripts = dict.fromkeys(script for text in documents for script in _INLINE.findall(text))
    return [f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in scripts]
