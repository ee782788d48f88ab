"""Tideline: social analytics that accounts for every number it shows."""

__version__ = "0.1.0"
