"""The three doors of plugins and what they may answer."""
