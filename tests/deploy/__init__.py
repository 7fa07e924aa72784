"""What deploy/ says, held against the code, without the tools that would run it."""
