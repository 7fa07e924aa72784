"""What README.md says, done."""
