"""Where the gateway meets the outside: the developers' endpoints over HTTP."""
