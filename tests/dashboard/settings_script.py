"""The settings page alone, as a script."""

from spreadscope.dashboard.pages import settings

settings.show()
