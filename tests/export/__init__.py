"""Tests of the files that viewers take away."""
