"""The lab page as a script of its own: the test harness cannot switch to a page that is a function."""

from spreadscope.dashboard.pages import lab

lab.show()
