"""The site's Nornir inventory and its revision, target expressions, references to secrets."""
