"""Configurations that are kept: captured over real SSH, judged, versioned, masked, exported."""
