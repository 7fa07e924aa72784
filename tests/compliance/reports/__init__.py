"""Reports in the forms others read."""
