"""The template library: find, render and parse, each in a process that can be killed."""
