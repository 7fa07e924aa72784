"""What must hold for every file of the project, whoever writes it."""
