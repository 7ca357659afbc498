"""Docstrings as Markdown, for the site: an extension of griffe, which reads them for mkdocstrings.

Our docstrings are plain text. Some habits of plain text mean something else in Markdown: an example with ``>>>`` would
be a quotation, columns that stand below each other would run together, and ``::`` before a block stays as it is.
"""

from __future__ import annotations

import re
import textwrap
from typing import Any

import griffe

_EXAMPLE = re.compile(r"(?:^|(?<=\n))( *)>>> .*(?:\n(?! *$).+)*", flags=re.MULTILINE)

_COLUMNS = re.compile(r"^-{4,}[- ]*$|^(?!>>>)\w.*\S {3,}\S", flags=re.MULTILINE)


class PlainDocstrings(griffe.Extension):
    """Named in ``mkdocs.yml``."""

    def on_object(self, *, obj: griffe.Object, loader: griffe.GriffeLoader, **kwargs: Any) -> None:  # noqa: ARG002
        """Change the docstring of one object, where it has one."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(text: str) -> str:
    """Examples and columns become blocks of code, ``::`` at the end of a line a colon."""
    blocks = [_fenced(block, "text") if _COLUMNS.search(block) else block for block in re.split(r"\n{2,}", text)]
    fenced = _EXAMPLE.sub(lambda found: _fenced(found[0], "pycon"), "\n\n".join(blocks))
    return re.sub(r"::$", ":", fenced, flags=re.MULTILINE)


def _fenced(block: str, language: str) -> str:
    return f"\n```{language}\n{textwrap.dedent(block)}\n```\n"
