"""The parser of rules: ``parse`` returns a parsed rule, or raises ``RuleError`` with the position and a suggestion.

The length of the text and the depth of its brackets are checked before anything is parsed.
"""

from __future__ import annotations

import msgspec

from spreadscope.alerts.language.rewriting import suggest_rewrite
from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.syntax import DEEPEST, ParsedRule
from spreadscope.model.alerting import LONGEST_TEXT as LONGEST


def parse(text: str) -> ParsedRule:
    """Returns the parsed rule. Raises ``RuleError`` with the position of the mistake.

    >>> parse("Z-Score > 2 for 30s").condition
    Comparison(left=Subject(name='z', target='', position=0), operator='>', right=Number(value=2.0, written=''))
    """
    _check_bounds(text)
    # The parser generator is loaded with the first rule: most commands never read one.
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    from spreadscope.alerts.language import mistakes
    from spreadscope.alerts.language.builder import parser

    try:
        read: ParsedRule = parser().parse(text)  # type: ignore[assignment]  # the builder's own
    except UnexpectedToken as error:
        raise _suggested(text) or mistakes.unexpected(text, error) from None
    except UnexpectedCharacters as error:
        raise _suggested(text) or mistakes.unreadable(text, error) from None
    except RuleError as error:
        # An unknown word may belong to another way to write a rule: "z is 2", "if z > 2".
        raise (_suggested(text) if error.position < len(text) else None) or error from None
    return msgspec.structs.replace(read, text=" ".join(text.split()))


def _suggested(text: str) -> RuleError | None:
    """Returns the error for a rule that is written in other words or in another order, or None."""
    found = suggest_rewrite(text, _is_rule)
    return RuleError(found.message, position=found.position, suggestion=found.text) if found is not None else None


def _is_rule(text: str) -> bool:
    from lark.exceptions import LarkError

    from spreadscope.alerts.language.builder import parser

    try:
        _check_bounds(text)
        parser().parse(text)
    except (LarkError, RuleError):
        return False
    return True


def _check_bounds(text: str) -> None:
    if len(text) > LONGEST:
        raise RuleError(f"a rule has at most {LONGEST} characters", position=LONGEST)
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > DEEPEST:
            raise RuleError(f"brackets are at most {DEEPEST} deep", position=position)
