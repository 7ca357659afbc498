"""What was asked for on a page that was left before its script did it. The bar tells of it, and shows the result."""

from __future__ import annotations

import msgspec

from spreadscope.dashboard.actions import PageAction
from spreadscope.dashboard.alert_components import RULES
from spreadscope.dashboard.browser_session import BAR, collecting_notices
from spreadscope.dashboard.pages import alert_actions, alert_editor, paper_actions, watch
from spreadscope.dashboard.portfolio_component import PORTFOLIO
from spreadscope.dashboard.text import sentence
from spreadscope.dashboard.watch_component import WATCH

# These only open something on the page that was left.
OPENING = frozenset({"cancel", "details", "edit", "open", "parameters", "rule"})


def run_action(action: PageAction) -> None:
    """Do what the engine is to do. Nothing of a replay is to be done, whatever its components tell."""
    if action.op in OPENING:
        return
    if action.op == "save":  # of an editor, of which there may be one for each pair
        _save(action)
    elif action.source == RULES:
        alert_actions.run_action(action, BAR)
    elif action.source == PORTFOLIO:
        paper_actions.run_action(action, BAR)
    elif action.source == WATCH:
        watch.run_action(action, BAR)


def _save(action: PageAction) -> None:
    with collecting_notices(BAR) as add_notice:
        try:
            alert_editor.save_rule(action, add_notice)
        except msgspec.ValidationError as error:
            add_notice("error", sentence(f"the rule was not saved: {error}"))
