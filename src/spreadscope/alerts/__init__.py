"""Alert rules: a small closed language, the life of an alert, and the book of all rules. Pure; in words: ``docs/alerts.md``."""

from spreadscope.alerts.book import RuleBook
from spreadscope.alerts.errors import RuleError
from spreadscope.alerts.parser import parse
from spreadscope.alerts.plan import Plan, normal_subject, plan
from spreadscope.alerts.syntax import Rule
from spreadscope.alerts.watched import Instance, WatchedRule
from spreadscope.alerts.words import rule_words

__all__ = [
    "Instance",
    "Plan",
    "Rule",
    "RuleBook",
    "RuleError",
    "WatchedRule",
    "normal_subject",
    "parse",
    "plan",
    "rule_words",
]
