"""The linux driver, against a real OpenSSH with bash and sudo."""
