"""Schedules: what their files say, when they are due, and that a due time is one run."""
