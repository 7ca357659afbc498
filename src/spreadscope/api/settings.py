"""The routes of the configuration (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
from starlette.exceptions import HTTPException

from spreadscope import contract
from spreadscope.api.routing import Routes
from spreadscope.app.config_file import ConfigFile, FileChangedError, FileSetting
from spreadscope.contract import SettingsBody
from spreadscope.contract.settings import SettingValue
from spreadscope.guard.identity import ADMIN
from spreadscope.model.setting_descriptions import SettingDescription, setting_descriptions
from spreadscope.model.states import SettingKind


def add_settings(routes: Routes, file: ConfigFile) -> None:
    """Add the routes."""
    one_change = asyncio.Lock()

    @routes.get("/api/settings")
    async def get_settings() -> contract.Settings:
        return await asyncio.to_thread(read_settings, file)

    @routes.put("/api/settings", needs=ADMIN)
    async def put_settings(body: SettingsBody) -> contract.Settings:
        async with one_change:
            try:
                await asyncio.to_thread(file.write, body.values, body.seen)
            except FileChangedError as error:
                raise HTTPException(409, str(error)) from None
            return await asyncio.to_thread(read_settings, file)


def read_settings(file: ConfigFile) -> contract.Settings:
    """Returns the settings at work and those of the file. Reads the file."""
    state = file.state()
    known = setting_descriptions()
    return contract.Settings(
        file=str(file.path),
        seen=state.seen,
        problem=state.problem,
        settings=[_shaped(known[each.key], each) for each in state.settings],
    )


def _shaped(described: SettingDescription, setting: FileSetting) -> contract.Setting:
    value = _plain(setting.value)
    in_file = None if setting.in_file is None else _plain(setting.in_file)
    return contract.Setting(
        key=described.key,
        kind=described.kind,
        value=value,
        source=setting.source,
        in_file=in_file,
        default=_plain(described.default),
        waits=(in_file if in_file is not None else value) != value,
        editable=described.kind is not SettingKind.TABLE and described.key != "data",
        help=described.help,
        choices=described.choices,
        low=described.low,
        high=described.high,
    )


def _plain(value: Any) -> SettingValue:
    """Returns a value as JSON can carry it: a path as its text, a table as JSON."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Path) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, tuple | list):
        return [str(item) for item in value]
    tables = {name: getattr(item, "model_dump", lambda item=item: item)() for name, item in value.items()}
    return msgspec.json.encode(tables).decode()
