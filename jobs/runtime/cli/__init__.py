"""The command line: arguments, commands that inspect a lake,."""
