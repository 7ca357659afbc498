"""The box of a job that a page has begun: its progress and a way to cancel it, then its end in words."""

from __future__ import annotations

from functools import partial

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import Job, JobState
from spreadscope.dashboard.browser_session import collecting_notices, engine
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.text import escape, sentence

POLL_SECONDS = 1


def show(job_id: str) -> Job | None:
    """Draw a job. Returns it once it is done; until then, and where it failed, the box says what there is to say."""
    try:
        with engine() as client:
            job = client.job(job_id)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return None
    if job.ended is None:
        show_running(job_id)
        return None
    if job.state is JobState.CANCELLED:
        st.info(f"{escape(job.title)}: cancelled. Nothing was changed.")
    elif job.state is JobState.FAILED:
        st.error(f"**{escape(job.title)} could not be made.** {escape(sentence(job.error or ''))}")
    return job if job.state is JobState.DONE else None


@st.fragment(run_every=POLL_SECONDS)
def show_running(job_id: str) -> None:
    """Draw the progress of a job and a way to cancel it, until the job has ended."""
    try:
        with engine() as client:
            job = client.job(job_id)
    except (ApiRequestError, EngineDownError) as error:
        st.caption(escape(sentence(str(error))))
        return
    if job.ended is not None:
        st.rerun()
    st.progress(job.fraction or 0.0, f"{escape(job.title)}: {escape(sentence(job.progress or 'it starts'))}")
    st.button("Cancel", key=f"cancel-{job_id}", on_click=partial(_cancel, job_id))


def jobs_of(kind: str, chosen: str | None) -> tuple[list[Job], Job | None] | None:
    """Returns the jobs of a kind, and of them the chosen one, else the newest; None where the engine's refusal is
    shown."""
    try:
        with engine() as client:
            jobs = [job for job in client.jobs() if job.kind == kind]
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return None
    return jobs, next((job for job in jobs if job.id == chosen), jobs[0] if jobs else None)


def _cancel(job_id: str) -> None:
    with collecting_notices(), engine() as client:
        client.cancel_job(job_id)
