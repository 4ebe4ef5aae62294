"""The windows: the HTTP server that the doors stand in, and what it tells of the daemon's state."""
