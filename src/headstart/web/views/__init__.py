"""One file for each page, and the errors'."""
