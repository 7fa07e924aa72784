"""Configurations of devices: what of a text is the configuration, what of it is secret, and whether it is all of it."""
