"""How many posts may be called best or worst? So few that none of them can be both."""

MOST = 5


def most_of(compared: int) -> int:
    """The length of either list, taken from so many posts that can be compared."""
    return min(MOST, compared // 2)
