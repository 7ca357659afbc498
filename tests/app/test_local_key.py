"""The key by which programs of one account know each other, where the kernel does not tell."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import pytest

from spreadscope.api.application import create_app
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.local_key import LOCAL_KEY, make_local_key, read_local_key
from spreadscope.guard.identity import OWNER
from spreadscope.model.config import load_config
from spreadscope.model.errors import ConfigError, StoreError
from tests.e2e.line import run


def test_it_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    assert read_local_key(tmp_path) is None
    key = make_local_key(tmp_path)
    assert stat.S_IMODE((tmp_path / LOCAL_KEY).stat().st_mode) == 0o600
    again = read_local_key(tmp_path)
    assert again is not None
    assert again.token == key.token
    assert key.identify(key.token) is OWNER
    assert key.identify(key.token[:-1]) is None
    assert key.identify("") is None


def test_one_that_others_may_read_or_that_is_damaged_is_refused(tmp_path: Path) -> None:
    path = make_local_key(tmp_path).path
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read"):
        make_local_key(tmp_path)
    path.chmod(0o600)
    path.write_text("something else\n")
    with pytest.raises(StoreError, match="is damaged: remove it"):
        read_local_key(tmp_path)


def test_a_playback_answers_the_engine_that_shows_it(tmp_path: Path) -> None:
    """Such a connection says nothing of whose it is: it has no socket that the kernel could be asked about."""

    async def main() -> None:
        key = make_local_key(tmp_path)
        app = create_app(LiveEngine(load_config(None, data=tmp_path / "store")), local_key=key)
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client:
            assert (await client.get("/api/settings")).status_code == 401
            wrong = {"authorization": f"Bearer {key.token[:-1]}x"}
            assert (await client.get("/api/settings", headers=wrong)).status_code == 401
            shown = {"authorization": f"Bearer {key.token}"}
            assert (await client.get("/api/settings", headers=shown)).status_code == 200

    run(main())
