"""Alert rules: a threshold on one number of a pair or a symbol, and the life of a rule."""

from spreadscope.alerts.rule import Rule, RuleError, parse
from spreadscope.alerts.watch import RuleWatch

__all__ = ["Rule", "RuleError", "RuleWatch", "parse"]
