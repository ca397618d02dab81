"""Written for another Python: a module that is gone."""

import urllib2  # noqa: F401
