"""What the REST API's parts share: errors, versions, limits, lists. Knows no app."""
