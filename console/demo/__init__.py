"""The demo: a construction company's month on the embedded default, told as it happens and checked."""
