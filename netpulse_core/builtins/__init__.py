"""First-party plugins, written as anyone's: they import the authors' face alone."""
