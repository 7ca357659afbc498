"""Alert rules: a small closed language, the life of an alert, and the engine of all rules. Pure; see
``docs/alerts.md``."""

from spreadscope.alerts.language.description import rule_words
from spreadscope.alerts.language.parser import parse
from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.syntax import ParsedRule
from spreadscope.alerts.runtime.active_rule import ActiveRule, RuleInstance
from spreadscope.alerts.runtime.plan import Plan, normal_subject, plan
from spreadscope.alerts.runtime.rule_engine import RuleEngine

__all__ = [
    "ActiveRule",
    "ParsedRule",
    "Plan",
    "RuleEngine",
    "RuleError",
    "RuleInstance",
    "normal_subject",
    "parse",
    "plan",
    "rule_words",
]
