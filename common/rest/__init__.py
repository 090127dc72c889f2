"""What the REST API of all apps shares: errors, ETags, limits, lists. Knows no app."""
