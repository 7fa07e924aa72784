"""Rules of policies as checks: one file a kind, each judging what was collected and nothing else."""
