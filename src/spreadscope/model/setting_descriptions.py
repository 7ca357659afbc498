"""The description of every configuration key: its kind, bounds, choices, default and meaning.

The settings page, the forms of parameters and ``docs/configuration.md`` are made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from spreadscope.model.config import Config
from spreadscope.model.states import SettingKind

_KINDS: dict[type, SettingKind] = {
    bool: SettingKind.SWITCH,
    int: SettingKind.WHOLE,
    float: SettingKind.NUMBER,
    tuple: SettingKind.LIST,
    dict: SettingKind.TABLE,
}


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """A configuration key. ``low`` and ``high`` bound a number; ``above`` and ``below`` say that the bound itself is
    not allowed."""

    key: str
    kind: SettingKind
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    above: bool = False
    below: bool = False

    def takes(self, value: object) -> bool:
        """Returns whether a value is of this kind; its bounds are not looked at."""
        if isinstance(value, bool):
            return self.kind is SettingKind.SWITCH
        types: dict[SettingKind, tuple[type, ...]] = {
            SettingKind.SWITCH: (),
            SettingKind.WHOLE: (int,),
            SettingKind.NUMBER: (int, float),
            SettingKind.WINDOW: (int, str),
            SettingKind.LIST: (list, tuple),
            SettingKind.TABLE: (dict,),
        }
        return isinstance(value, types.get(self.kind, (str,)))


@cache
def setting_descriptions() -> dict[str, SettingDescription]:
    """Returns every key of the configuration, in the order in which they are declared."""
    return {each.key: each for each in _describe(Config, "")}


def _describe(model: type[BaseModel], prefix: str) -> Iterator[SettingDescription]:
    for name, field in model.model_fields.items():
        key = prefix + name
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from _describe(section, f"{key}.")
        else:
            yield _description(key, field)


def _description(key: str, field: FieldInfo) -> SettingDescription:
    bounds = {type(bound): bound for bound in field.metadata}
    low = bounds.get(Gt, bounds.get(Ge))
    high = bounds.get(Lt, bounds.get(Le))
    choices = _choices(field.annotation)
    default = None if field.is_required() or field.default_factory else field.default
    kind = SettingKind.CHOICE if choices else _KINDS.get(type(default), SettingKind.TEXT)
    return SettingDescription(
        key,
        SettingKind.WINDOW if key.endswith("_window") else kind,
        default,
        field.description or "",
        choices,
        getattr(low, "gt", getattr(low, "ge", None)),
        getattr(high, "lt", getattr(high, "le", None)),
        isinstance(low, Gt),
        isinstance(high, Lt),
    )


def _choices(annotation: object) -> tuple[str, ...]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(each.value) for each in annotation)
    return tuple(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ()
