"""A text to copy: a command, or lines of a settings file.

Streamlit's own ``st.code`` has the browser read a highlighter of 1.5 MB that knows every language: half a second of a
page's start, for texts that are shown in one colour.
"""

from __future__ import annotations

import streamlit as st

_mount = st.components.v2.component("spreadscope.code", js="code.js", css="code.css")


def code_component(text: str, key: str) -> None:
    """Show ``text`` as it is to be typed, with a button that copies it."""
    _mount(key=key, data={"text": text})
