"""The component that draws a finished study in the browser, which fetches it from this server."""

from __future__ import annotations

import streamlit as st

from spreadscope.dashboard import downloads
from spreadscope.dashboard.deep_links import base_path

_mount = st.components.v2.component("spreadscope.lab", js="lab.js", css="lab.css")

KEY = "lab-study"
RESULT = "study.json"


def study_component(job_id: str, results: tuple[str, ...]) -> None:
    """Mount the study of a job; ``results`` are the names of its files, of which the tables are offered."""
    tables = [
        {"name": name, "link": downloads.job_link(base_path(), job_id, name)} for name in results if name != RESULT
    ]
    _mount(key=KEY, data={"study": downloads.job_link(base_path(), job_id, RESULT), "tables": tables})
