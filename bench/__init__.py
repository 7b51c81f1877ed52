"""Measures how fast the whole runs."""
