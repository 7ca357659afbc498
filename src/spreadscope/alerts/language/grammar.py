"""The grammar of rules for an LALR parser: one pass without backtracking; no text is ever evaluated as code."""

from __future__ import annotations

import re

from spreadscope.alerts.language.units import UNIT_PATTERN
from spreadscope.alerts.language.vocabulary import FUNCTIONS, SUBJECTS, WORDS

_OVER = "|".join(name for name in FUNCTIONS if name != "abs")

# Words before names (the number after the dot is the terminal's priority), so that ``and`` is never a subject.
_GRAMMAR = rf"""
rule: condition [_FOR (DURATION | BARS)] [_ON DURATION]
    | condition _ON DURATION _FOR (DURATION | BARS) -> reordered

?condition: both (_OR both)*
?both: negation (_AND negation)*
?negation: _NOT negation -> negated
    | comparison
    | "(" condition ")"
comparison: total COMPARE total
    | total _CROSSES DIRECTION total -> crossing

?total: product (PLUS product)*
?product: factor (TIMES factor)*
?factor: "-" factor -> negative
    | "+" factor
    | atom
?atom: NUMBER -> number
    | QUANTITY -> quantity
    | subject
    | _ABS "(" total ")" -> absolute
    | "|" total "|" -> absolute
    | OVER "(" total "," DURATION ")" -> over
    | "(" total ")"
subject: NAMED ["(" (TARGET | ANY) ")"]
    | WORD -> unknown

_FOR.4: /for\b/i
_ON.4: /on\b/i
_OR.4: /or\b/i
_AND.4: /and\b/i
_NOT.4: /not\b/i
_CROSSES.4: /cross(es)?\b/i
DIRECTION.4: /(above|below)\b/i
_ABS.4: /abs\b/i
OVER.4: /({_OVER})\b(?=\s*\()/i
ANY.4: /any\s+(pair|symbol)\b/i
BARS.4: /\d{{1,6}}\s*bars?\b/i
DURATION.3: /\d{{1,9}}(\.\d{{1,3}})?\s*(seconds|second|secs|sec|s|minutes|minute|mins|min|m|hours|hour|h)\b/i
NAMED.2: /(%NAMES%)(?!\w)/i
QUANTITY.2: /(\d{{1,15}}(\.\d{{0,12}})?|\.\d{{1,12}})(e[+-]?\d{{1,2}})?\s*({UNIT_PATTERN})(?!\w)/i
NUMBER: /(\d{{1,15}}(\.\d{{0,12}})?|\.\d{{1,12}})(e[+-]?\d{{1,2}})?(?![\w.])/i
COMPARE: /[<>]=?|≤|≥/
PLUS: /[+-]/
TIMES: /[*\/]/
TARGET: /[^\s\/(),|<>=+*]+(\s*\/\s*[^\s\/(),|<>=+*]+)?/
WORD: /[^\W\d]\w*/
%ignore /\s+/
"""


def _names() -> str:
    """Returns a pattern of all spellings of subjects, the longest first, with any separators between their words."""
    texts = {text for term in SUBJECTS.values() for text in (term.name, *term.also)}
    patterns = [r"[\s_.\-]*".join(map(re.escape, re.split(r"[\s_]", text))) for text in texts]
    return "|".join(sorted(patterns, key=lambda pattern: (-len(pattern), pattern)))


GRAMMAR = _GRAMMAR.replace("%NAMES%", _names())
KEYWORDS = tuple(dict.fromkeys(word for term in WORDS for word in term.name.split()))
