"""The text of a rule → what it says, or ``RuleError`` with the character and the nearest right word.

Work is bounded before anything is read: the length of the text and the depth of its brackets, then of its parts.
"""

from __future__ import annotations

import msgspec

from spreadscope.alerts.language.rewriting import mended
from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.syntax import DEEPEST, ParsedRule
from spreadscope.model.alerting import LONGEST_TEXT as LONGEST


def parse(text: str) -> ParsedRule:
    """Read a rule. Raises ``RuleError`` with the position of what is wrong.

    >>> parse("Z-Score > 2 for 30s").condition
    Comparison(left=Subject(name='z', of='', position=0), operator='>', right=Number(value=2.0, said=''))
    """
    _bounded(text)
    # The parser generator is loaded with the first rule: most commands never read one.
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    from spreadscope.alerts.language import mistakes
    from spreadscope.alerts.language.builder import parser

    try:
        read: ParsedRule = parser().parse(text)  # type: ignore[assignment]  # the builder's own
    except UnexpectedToken as error:
        raise _meant(text) or mistakes.unexpected(text, error) from None
    except UnexpectedCharacters as error:
        raise _meant(text) or mistakes.unreadable(text, error) from None
    except RuleError as error:
        # A word that names nothing may be one of another way to say it: "z is 2", "if z > 2".
        raise (_meant(text) if error.position < len(text) else None) or error from None
    return msgspec.structs.replace(read, text=" ".join(text.split()))


def _meant(text: str) -> RuleError | None:
    """The error of a text that says a rule in other words, or in another order."""
    found = mended(text, _is_rule)
    return RuleError(found.message, position=found.position, suggestion=found.text) if found is not None else None


def _is_rule(text: str) -> bool:
    from lark.exceptions import LarkError

    from spreadscope.alerts.language.builder import parser

    try:
        _bounded(text)
        parser().parse(text)
    except (LarkError, RuleError):
        return False
    return True


def _bounded(text: str) -> None:
    if len(text) > LONGEST:
        raise RuleError(f"a rule has at most {LONGEST} characters", position=LONGEST)
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > DEEPEST:
            raise RuleError(f"brackets are at most {DEEPEST} deep", position=position)
