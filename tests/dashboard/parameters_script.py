"""The dialog of parameters alone, as a script."""

from spreadscope.dashboard.pages import parameter_forms

parameter_forms.show("BTCUSDT/ETHUSDT", "1m")
