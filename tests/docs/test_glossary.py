"""The glossary can be searched by eye: sorted, each word once, one sentence each, and of words that are in use."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENTRY = re.compile(r"^- \*\*(?P<word>[^*]+)\*\*: (?P<meaning>.+)$", re.MULTILINE)
ENTRIES = [(m["word"], m["meaning"]) for m in ENTRY.finditer((ROOT / "docs/glossary.md").read_text(encoding="utf-8"))]


def test_words_are_sorted_and_each_is_there_once() -> None:
    words = [re.sub(r"\W", "", word.lower().replace(" ", "0")) for word, _ in ENTRIES]
    assert len(words) > 60
    assert words == sorted(set(words))


def test_each_meaning_is_one_sentence() -> None:
    assert [word for word, meaning in ENTRIES if not meaning.endswith(".") or re.search(r"\. [A-Z]", meaning)] == []


def test_each_word_is_in_use() -> None:
    """A word that neither code nor guides use any more is to be deleted here too."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    texts += [path.read_text(encoding="utf-8") for path in ROOT.glob("docs/*.md") if path.name != "glossary.md"]
    everything = re.sub(r"[\s_#]+", " ", " ".join(texts)).lower()
    squeezed = everything.replace("-", "").replace(" ", "")
    unused = [word for word, _ in ENTRIES if re.sub(r"[\s-]", "", re.sub(r" \(.*\)", "", word)) not in squeezed]
    assert unused == []
