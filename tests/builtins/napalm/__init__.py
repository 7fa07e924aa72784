"""Tests of the driver napalm."""
