"""How does a benchmark speak? A ratio a line, and beside it its budget and what it was made of."""


def show(name, ratio, remark, *, bar=None, at_least=False):
    """One line; `bar` is the budget, a highest ratio or (`at_least`) a lowest."""
    budget = f"({'>=' if at_least else '<='} {bar:g})" if bar is not None else ""
    print(f"{name:<60} {ratio:8.2f} {budget:<10} {remark}", flush=True)
