"""The review desk: one page a course on which everything is read, corrected and approved."""
