"""What is made up and what comes in floods, asked of a service in a process of its own over real HTTP."""
