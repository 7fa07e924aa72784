"""Judging devices: evidence collected once, every check asked, and nothing passed that was not looked at."""
