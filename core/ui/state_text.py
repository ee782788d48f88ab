"""How is it said, in a line, that the numbers of a page do not reach as far as they should?"""

from core.ui import text


def stopped(*, businesses: int, accounts: int) -> str | None:
    """Syncing failed for 1 business: ...; None where nothing failed."""
    if businesses:
        return f"Syncing failed for {text.count(businesses, 'business')}: what came since is not in these numbers."
    if accounts:
        return f"{text.count(accounts, 'account')} did not sync: what came since is not in these numbers."
    return None


def behind(accounts: int, of: int) -> str | None:
    """1 of 4 accounts is behind: ...; None where all are as far as they should be."""
    if not accounts:
        return None
    verb = "is" if accounts == 1 else "are"
    return f"{accounts:,} of {text.count(of, 'account')} {verb} behind: the newest numbers are missing here."
