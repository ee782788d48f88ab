"""The platforms' stand-in: a made-up world, and one dialect per platform that tells of it."""
