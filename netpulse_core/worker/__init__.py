"""Nodes: they claim work, run it beside each other, and conclude it; the composition root that touches devices."""
