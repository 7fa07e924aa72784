"""One job: a fresh Nornir, a lent session, a deadline, and the truth of what came of it."""
