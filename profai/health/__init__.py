"""Is the process alive, can it do its work, and what do staff see of that."""
