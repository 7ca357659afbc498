"""The statistics page alone, as a script."""

from spreadscope.dashboard.pages import statistics

statistics.show()
