"""The contract structs that are made at start: a row of the statistics, settings of the configuration keys."""

from __future__ import annotations

from pydantic import BaseModel

from spreadscope.contract import (
    AnalyticsSettings,
    Row,
    RowChanges,
    SignalSettings,
    row_changes_struct,
    row_struct,
    settings_struct,
)
from spreadscope.model.config import AnalyticsConfig, SignalConfig
from spreadscope.store.tables import VALUE_COLUMNS


def _keys(section: type[BaseModel]) -> list[tuple[str, object]]:
    return [(name, field.annotation or object) for name, field in section.model_fields.items()]


ROW: type[Row] = row_struct(VALUE_COLUMNS)
ROW_CHANGES: type[RowChanges] = row_changes_struct(VALUE_COLUMNS)
SIGNALS: type[SignalSettings] = settings_struct(SignalSettings, _keys(SignalConfig))
ANALYTICS: type[AnalyticsSettings] = settings_struct(AnalyticsSettings, _keys(AnalyticsConfig))


def signal_settings(section: SignalConfig) -> SignalSettings:
    return SIGNALS(**section.model_dump())


def analytics_settings(settings: AnalyticsConfig) -> AnalyticsSettings:
    """Returns the settings of a pair's statistics, with the windows in rows."""
    return ANALYTICS(**settings.model_dump())


# The description uses these in place of the base structs of the contract.
OVERRIDES = {"Row": ROW, "RowChanges": ROW_CHANGES, "SignalSettings": SIGNALS, "AnalyticsSettings": ANALYTICS}
