"""What plugins may answer: the only room with pluggy."""
