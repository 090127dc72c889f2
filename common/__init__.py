"""What all apps share. Knows no other app."""
