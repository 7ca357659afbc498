"""The configuration of a session, as far as the core is concerned: written when it begins, read when it is replayed."""

from __future__ import annotations

import json

import spreadscope
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.store.reader import StoredSession
from spreadscope.store.session_record import SessionRecord

# The sections that decide what the core says; the rest of the configuration is about its surroundings.
OF_THE_CORE = {"bars", "analytics", "signals", "pairs", "timeframe"}


# A session is stored with every key; one that lacks a key is older than it, and ran as it was then.
_BEFORE_THE_KEY = {("signals", "time_stop_from"): "window"}


def session_of(config: Config, started_ns: int) -> SessionRecord:
    """The session that begins now."""
    return SessionRecord(started_ns, spreadscope.__version__, config.model_dump_json(include=OF_THE_CORE))


def config_of(session: StoredSession) -> Config:
    """The configuration a stored session ran with, as far as the core is concerned. Raises ``StoreError``."""
    try:
        stored = json.loads(session.config)
        for (section, key), then in _BEFORE_THE_KEY.items():
            stored.setdefault(section, {}).setdefault(key, then)
        return Config.model_validate(stored)
    except (ValueError, AttributeError) as error:
        raise StoreError(
            f"session {session.session_id} ran with a configuration that cannot be read: {error}"
        ) from None
