"""The configuration of the engine for the settings page."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from spreadscope.model.states import SettingKind, SettingSource

SettingValue = bool | int | float | str | list[str]
_MAX_TEXT = 1_000
_MAX_ITEMS = 1_000
_Text = Annotated[str, Meta(max_length=_MAX_TEXT)]
_Given = bool | int | float | _Text | Annotated[list[_Text], Meta(max_length=_MAX_ITEMS)] | None


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A key of the configuration: the value at work, where it is from, and what the file says (null: nothing).

    ``waits``: the file says otherwise than what is at work, and holds from the next start on. ``editable``: the page
    may change it.
    """

    key: str
    kind: SettingKind
    value: SettingValue
    source: SettingSource
    in_file: SettingValue | None
    default: SettingValue
    waits: bool
    editable: bool
    help: str
    choices: tuple[str, ...]
    low: float | None
    high: float | None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration and its file. ``seen`` names the file as it was read; ``problem`` says why it cannot be
    read (empty: it can)."""

    file: str
    seen: str
    problem: str
    settings: list[Setting]


class SettingsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body that changes keys of the file; null takes a key out of it."""

    seen: Annotated[str, Meta(max_length=64)]
    values: dict[Annotated[str, Meta(max_length=60)], _Given]
