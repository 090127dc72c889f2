"""Health checks for load balancers, and the health page for staff."""
