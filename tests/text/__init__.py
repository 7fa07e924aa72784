"""Templates: found, rendered and parsed, in processes that can be killed."""
