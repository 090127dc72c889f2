"""ProfAI on one machine."""
