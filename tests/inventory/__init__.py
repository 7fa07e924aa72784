"""Tests of the site: its files, its devices and what a target means."""
