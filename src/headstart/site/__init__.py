"""Django's own furniture: settings, urls, the server's entry."""
