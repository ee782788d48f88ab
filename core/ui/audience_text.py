"""How does the page about the audience say it?"""

from collections.abc import Sequence

from core.ui import text

NOT_FROM_ZERO = "The axis does not begin at zero."

NO_FOLLOWERS = "The followers of no account are known in this period."

NET_NOTE = "A bar needs the followers of that day and of the day before, of every account of the platform."

GAINS_NOTE = "As the platforms count them themselves: LinkedIn gives gains less losses as one number, Instagram and X give neither."

NO_GAINS = "No account in scope is given gains or losses by its platform."

FIRST_DAY = (
    "The first day of which the followers are known. Before the connection: filled in afterwards by the platform."
)

NET_OF_ACCOUNT = "Followers at the end of the period less those at its beginning, where both are known."

DAYS_KNOWN = "Days of the period of which the followers are known."

WHY_NOT_ALL_NET = "of the others one end is not known"


def connected(names: Sequence[str]) -> str:
    """Which accounts were connected on a day."""
    return f"{text.listed(list(names))} connected"
