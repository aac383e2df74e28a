"""The command line: arguments, commands that inspect a lake, and the end of the process."""
