"""The structs that are made of what the product has: a row of its statistics, settings of the keys of its configuration."""

from __future__ import annotations

from pydantic import BaseModel

from spreadscope.contract import AnalyticsSettings, Row, SignalSettings, row_struct, settings_struct
from spreadscope.model.config import AnalyticsConfig, SignalConfig
from spreadscope.store.tables import VALUE_COLUMNS


def _keys(section: type[BaseModel]) -> list[tuple[str, object]]:
    return [(name, field.annotation or object) for name, field in section.model_fields.items()]


ROW: type[Row] = row_struct(VALUE_COLUMNS)
SIGNALS: type[SignalSettings] = settings_struct(SignalSettings, _keys(SignalConfig))
ANALYTICS: type[AnalyticsSettings] = settings_struct(AnalyticsSettings, _keys(AnalyticsConfig))

# What the description says of them in place of the contract's own.
OVERRIDES = {"Row": ROW, "SignalSettings": SIGNALS, "AnalyticsSettings": ANALYTICS}
