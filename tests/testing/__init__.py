"""The kit, used as a plugin author uses it."""
