"""Figures of this program on this machine. Law: each is a ratio to a peer or a limit measured in the same run."""
