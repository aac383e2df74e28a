"""The command line: arguments, commands that inspect a lake, the end of the process."""
