"""The command line: arguments, and commands that inspect a lake."""
