"""How does a benchmark speak? A ratio a line, and beside it what it was made of."""


def show(name, ratio, remark, *, bar=None):
    """One line; `bar` is the budget that the ratio is held against. Returns whether it is kept."""
    against = f"(bar {bar:g})" if bar is not None else ""
    print(f"{name:<58} {ratio:8.2f} {against:<12} {remark}", flush=True)
    return bar is None or ratio <= bar
