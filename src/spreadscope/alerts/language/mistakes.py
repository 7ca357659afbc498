"""What is wrong with a text that is no rule, in words: where, and what could be meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from spreadscope.alerts.language.grammar import KEYWORDS
from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.vocabulary import FUNCTIONS, spellings, squeeze

if TYPE_CHECKING:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

_EQUAL = "two numbers are never exactly equal: use >= or <="
_OPERANDS = frozenset({"NAMED", "NUMBER"})
# What a place waits for (names of the grammar's terminals) → what to say of it, and what to write.
_MISSING: tuple[tuple[frozenset[str], str, str | None], ...] = (
    (frozenset({"TARGET", "ANY"}), "name a symbol, a pair or any pair in the brackets", None),
    (frozenset({"COMMA"}), "say over how long, for example mean(z, 5m)", ", 5m"),
    (frozenset({"DURATION"}), "say how long, for example 30s, 5m or 1h", None),
    (frozenset({"DIRECTION"}), "crosses above or below?", "above"),
)


def unexpected(text: str, error: UnexpectedToken) -> RuleError:
    """A word or a sign that cannot stand where it does, or an end that comes too early."""
    token, expected = error.token, frozenset(error.accepts or error.expected or ())
    if token.type == "$END":
        return _too_early(text, expected)
    position, shown = _place(token.start_pos), str(token)
    called = re.search(r"[^\W\d]\w*(?=\s*\Z)", text[:position])
    if token.type == "LPAR" and called and not expected & _OPERANDS:
        return unknown(called[0], called.start())
    if token.type == "TARGET":  # no terminal of this place, so it need not be of the language at all
        word = re.match(r"\w+", shown)
        if word is None or (expected & _OPERANDS and shown[0].isdigit()):
            return _no_meaning(text, position)
        shown = word[0]
    return _misplaced(text, shown, position, expected, token.type)


def unreadable(text: str, error: UnexpectedCharacters) -> RuleError:
    """A character that begins nothing."""
    return _no_meaning(text, _place(error.pos_in_stream))


def unknown(word: str, position: int) -> RuleError:
    """A word that names nothing."""
    if word.lower() in FUNCTIONS:
        form = f"{word.lower()}(z)" if word.lower() == "abs" else f"{word.lower()}(z, 5m)"
        return RuleError(f"{word} is of something: write {form}", position=position, suggestion=form)
    near = nearest(squeeze(word), (*spellings(), *FUNCTIONS, "not"))
    named = spellings().get(near, near) if near else None
    hint = (
        f"did you mean {named!r}?"
        if named
        else "use z, spread, corr, cointegrated, coint_p, half_life, price, volume, ..."
    )
    return RuleError(f"unknown subject {word!r}: {hint}", position=position, suggestion=named)


def _place(position: int | None) -> int:
    return position or 0


def nearest(word: str, among: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The nearest of some names, None where none is near."""
    found = difflib.get_close_matches(word, list(among), n=1, cutoff=cutoff)
    return found[0] if found else None


def _no_meaning(text: str, position: int) -> RuleError:
    character = text[position]
    if character == "=":
        return RuleError(_EQUAL, position=position, suggestion=">=")
    if character == "!":
        return RuleError("write not in front of the comparison instead of !", position=position, suggestion="not")
    if character.isdigit():
        return RuleError(
            "this is no number a rule can have: write 2, 0.05 or 1e-3, or one with a unit: 25bp, 0.5%, 30s",
            position=position,
        )
    return RuleError(f"{character!r} has no meaning in a rule", position=position)


def _misplaced(text: str, shown: str, position: int, expected: frozenset[str], kind: str) -> RuleError:
    if expected & _OPERANDS:
        if shown == ">" and text[:position].rstrip().endswith("<"):
            return RuleError(_EQUAL, position=position - 1)
        said = f"{shown!r} cannot stand here: a name or a number is missing before it"
        return RuleError(said, position=position)
    if "DURATION" in expected and re.search(r"\bon\s*\Z", text[:position], re.IGNORECASE):
        return RuleError(f"{shown!r} cannot stand here: say 1s, 1m or 5m", position=position, suggestion="1m")
    for waited, said, suggestion in _MISSING:
        if expected & waited:
            return RuleError(f"{shown!r} cannot stand here: {said}", position=position, suggestion=suggestion)
    if kind == "COMPARE":
        return RuleError("one comparison at a time: write 1 < z and z < 2", position=position, suggestion="and")
    return _word(text, shown, position, kind)


def _word(text: str, shown: str, position: int, kind: str) -> RuleError:
    """A word where a rule is complete, or goes on with others."""
    if shown.lower() in {"is", "equal", "equals"}:
        return RuleError(_EQUAL, position=position, suggestion=">=")
    if (
        kind in {"WORD", "TARGET"}
        and re.search(r"\d\s*\Z", text[:position])
        and not nearest(shown.lower(), KEYWORDS, 0.6)
    ):
        units = "bp, %, s, ms, min, h or k"
        return RuleError(
            f"{shown!r} is no unit, and joins nothing: after a number write {units}, and, or, for, on",
            position=position,
        )
    near = nearest(shown.lower(), KEYWORDS) if kind in {"WORD", "NAMED", "TARGET"} else None
    hint = f"did you mean {near!r}?" if near else "a comparison, and, or, for or on is missing before it"
    return RuleError(f"{shown!r} cannot stand here: {hint}", position=position, suggestion=near)


def _too_early(text: str, expected: frozenset[str]) -> RuleError:
    end, begun = len(text), text.strip()
    if not begun or "COMPARE" in expected:
        said = "a rule compares a subject with a number, for example z > 2"
        return RuleError(said, position=end, suggestion=f"{begun} > 2" if begun else "z > 2")
    if expected & _OPERANDS:
        return RuleError("the number at the end is missing", position=end)
    for waited, said, suggestion in _MISSING:
        if expected & waited:
            return RuleError(said, position=end, suggestion=suggestion)
    return RuleError("the rule ends too early: a bracket is not closed", position=end, suggestion=")")
