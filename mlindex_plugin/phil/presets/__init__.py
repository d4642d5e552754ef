"""PHIL files that a user can pass to the commands, each with a comment saying what it is for."""
