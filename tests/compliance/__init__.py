"""What is judged, and what can never pass."""
