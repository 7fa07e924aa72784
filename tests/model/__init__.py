"""The nouns, their settings and their errors."""
