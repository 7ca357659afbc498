"""The risk page as a script of its own: the test harness cannot switch to a page that is a function."""

from spreadscope.dashboard import browser_session
from spreadscope.dashboard.pages import risk

browser_session.show_notices(browser_session.PAGE)
risk.show()
