"""Which dialog is open, when it is closed with the click that opens another one."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def script(steps: list[str]) -> None:
    import streamlit as st

    from spreadscope.dashboard.pages import paper_dialogs
    from spreadscope.dashboard.pages.paper_dialogs import Dialog

    st.session_state["dialog-typed"] = "x"
    paper_dialogs.open_dialog(Dialog.MODES)
    for step in steps:
        if step == "open":
            paper_dialogs.open_dialog(Dialog.NEW_ACCOUNT)
        else:
            paper_dialogs.dismissed(Dialog(step))()
    st.text(paper_dialogs.opened())
    st.text("dialog-typed" in st.session_state)


@pytest.mark.parametrize(
    ("steps", "opened"),
    [
        (["modes"], "None"),
        (["open", "modes"], "(<Dialog.NEW_ACCOUNT: 'new-account'>, 0)"),
        (["modes", "open"], "(<Dialog.NEW_ACCOUNT: 'new-account'>, 0)"),
        (["open", "new-account"], "None"),
    ],
)
def test_a_dialog_that_is_dismissed_closes_no_other(steps: list[str], opened: str) -> None:
    page = AppTest.from_function(script, kwargs={"steps": steps}).run()
    assert not page.exception
    assert [each.value for each in page.text] == [opened, "False"]
