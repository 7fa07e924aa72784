"""Tests with real parts: nothing here stands in for a server or a device that can be run."""
