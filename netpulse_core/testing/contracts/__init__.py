"""What each kind of plugin must hold: subclass a contract, name what is real, and pytest asks it everything."""
