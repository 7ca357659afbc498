"""The alerts page as a script of its own: the test harness cannot switch to a page that is a function."""

from spreadscope.dashboard import session
from spreadscope.dashboard.pages import alerts

session.show_notices(session.PAGE)
alerts.show()
