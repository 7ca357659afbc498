"""The scanner page alone, as a script."""

from spreadscope.dashboard.pages import scanner

scanner.show()
