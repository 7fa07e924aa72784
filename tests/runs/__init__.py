"""One job, from the request to its outcome: outcomes, deadlines, redaction, and what Nornir hides in wait."""
