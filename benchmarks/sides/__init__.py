"""What is compared, each in a process of its own that measures itself. Law: a side knows nothing of the other one."""
