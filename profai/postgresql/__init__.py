"""A database backend that uses a new password when it is rotated."""
