"""The web process beside the dashboard: what stands before every request, and the REST surface."""
