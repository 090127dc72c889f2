"""What ProfAI claims about its speed, size and coverage, measured: `make bench`."""
