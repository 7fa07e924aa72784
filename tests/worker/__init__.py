"""Nodes: slots, leases, stopping, two lives of one, two processes beside each other, and the embedded whole."""
