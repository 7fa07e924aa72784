"""A canary in every place where a secret enters, and a search for it in every place that NetPulse leaves behind."""
