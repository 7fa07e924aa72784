"""The pool, the loans and the gate, on real SSH sessions; what was sent is read in the devices own journals."""
