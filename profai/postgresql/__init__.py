"""A database backend that follows a rotated password."""
