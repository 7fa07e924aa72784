"""Hostile texts: what a template, a site's file, a parameter or a device could say, and what must not come of it."""
