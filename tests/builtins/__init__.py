"""What NetPulse ships as plugins, against the devices of the lab and real FRR."""
