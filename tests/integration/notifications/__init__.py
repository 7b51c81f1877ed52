"""Mails with real databases and a real mail server."""
