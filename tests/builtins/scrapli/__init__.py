"""Tests of the driver scrapli."""
