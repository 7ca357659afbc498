"""Error messages for texts that are no rules: what is wrong, where, and what could be meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from spreadscope.alerts.language.grammar import KEYWORDS
from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.vocabulary import FUNCTIONS, normalise, spellings

if TYPE_CHECKING:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

_EQUAL = "two numbers are never exactly equal: use >= or <="
_OPERANDS = frozenset({"NAMED", "NUMBER"})
# The expected terminals of the grammar, with the message and the suggestion for each.
_MISSING: tuple[tuple[frozenset[str], str, str | None], ...] = (
    (frozenset({"TARGET", "ANY"}), "name a symbol, a pair or any pair in the brackets", None),
    (frozenset({"COMMA"}), "say over how long, for example mean(z, 5m)", ", 5m"),
    (frozenset({"DURATION"}), "say how long, for example 30s, 5m or 1h", None),
    (frozenset({"DIRECTION"}), "crosses above or below?", "above"),
)


def unexpected(text: str, error: UnexpectedToken) -> RuleError:
    """Returns the error for a word or sign in a wrong place, or for a rule that ends too early."""
    token, expected = error.token, frozenset(error.accepts or error.expected or ())
    if token.type == "$END":
        return _too_early(text, expected)
    position, shown = _position(token.start_pos), str(token)
    called_name = re.search(r"[^\W\d]\w*(?=\s*\Z)", text[:position])
    if token.type == "LPAR" and called_name and not expected & _OPERANDS:
        return unknown(called_name[0], called_name.start())
    if token.type == "TARGET":  # no terminal of this place, so it need not be of the language at all
        word = re.match(r"\w+", shown)
        if word is None or (expected & _OPERANDS and shown[0].isdigit()):
            return _no_meaning(text, position)
        shown = word[0]
    return _misplaced(text, shown, position, expected, token.type)


def unreadable(text: str, error: UnexpectedCharacters) -> RuleError:
    """Returns the error for a character that has no meaning."""
    return _no_meaning(text, _position(error.pos_in_stream))


def unknown(word: str, position: int) -> RuleError:
    """Returns the error for an unknown word."""
    if word.lower() in FUNCTIONS:
        form = f"{word.lower()}(z)" if word.lower() == "abs" else f"{word.lower()}(z, 5m)"
        return RuleError(f"{word} is of something: write {form}", position=position, suggestion=form)
    nearest_name = nearest(normalise(word), (*spellings(), *FUNCTIONS, "not"))
    meant = spellings().get(nearest_name, nearest_name) if nearest_name else None
    hint = (
        f"did you mean {meant!r}?"
        if meant
        else "use z, spread, corr, cointegrated, coint_p, half_life, price, volume, ..."
    )
    return RuleError(f"unknown subject {word!r}: {hint}", position=position, suggestion=meant)


def _position(position: int | None) -> int:
    return position or 0


def nearest(word: str, among: Iterable[str], cutoff: float = 0.5) -> str | None:
    """Returns the nearest of some names, or None."""
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
        message = f"{shown!r} cannot stand here: a name or a number is missing before it"
        return RuleError(message, position=position)
    if "DURATION" in expected and re.search(r"\bon\s*\Z", text[:position], re.IGNORECASE):
        return RuleError(f"{shown!r} cannot stand here: say 1s, 1m or 5m", position=position, suggestion="1m")
    for expected_kinds, message, suggestion in _MISSING:
        if expected & expected_kinds:
            return RuleError(f"{shown!r} cannot stand here: {message}", position=position, suggestion=suggestion)
    if kind == "COMPARE":
        return RuleError("one comparison at a time: write 1 < z and z < 2", position=position, suggestion="and")
    return _word(text, shown, position, kind)


def _word(text: str, shown: str, position: int, kind: str) -> RuleError:
    """Returns the error for a wrong word after a complete rule."""
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
    nearest_name = nearest(shown.lower(), KEYWORDS) if kind in {"WORD", "NAMED", "TARGET"} else None
    hint = (
        f"did you mean {nearest_name!r}?" if nearest_name else "a comparison, and, or, for or on is missing before it"
    )
    return RuleError(f"{shown!r} cannot stand here: {hint}", position=position, suggestion=nearest_name)


def _too_early(text: str, expected: frozenset[str]) -> RuleError:
    end, begun_text = len(text), text.strip()
    if not begun_text or "COMPARE" in expected:
        message = "a rule compares a subject with a number, for example z > 2"
        return RuleError(message, position=end, suggestion=f"{begun_text} > 2" if begun_text else "z > 2")
    if expected & _OPERANDS:
        return RuleError("the number at the end is missing", position=end)
    for expected_kinds, message, suggestion in _MISSING:
        if expected & expected_kinds:
            return RuleError(message, position=end, suggestion=suggestion)
    return RuleError("the rule ends too early: a bracket is not closed", position=end, suggestion=")")
