"""Programmes in files, a window as a calendar's file, copies that say whose they are."""

from headstart.reviews.work.calendars import calendar_file
from headstart.reviews.work.copies import Sheet, draw_copy
from headstart.reviews.work.files import SHIPPED, load_programme, programmes, shipped

__all__ = [
    "SHIPPED",
    "Sheet",
    "calendar_file",
    "draw_copy",
    "load_programme",
    "programmes",
    "shipped",
]
