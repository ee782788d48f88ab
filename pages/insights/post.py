"""A post."""
