"""The plugins of the reference site: one file, one plugin."""
