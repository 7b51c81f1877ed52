"""The mails that people get, and when."""
