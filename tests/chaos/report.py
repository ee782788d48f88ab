"""What does the suite print? A line for each fault: how often it was injected, how often survived, and the rows compared."""

from collections import defaultdict


def print_trial(trial):
    """As it ends: what was wrong, if anything."""
    mark = "held  " if not trial.problems else "BROKEN"
    print(f"{mark} {trial.name} ({trial.faults} faults, {trial.rows} rows) {trial.remark}", flush=True)
    for problem in trial.problems:
        print(f"       {problem}", flush=True)


def print_report(trials):
    """The table; whether every fault was survived."""
    by_name = defaultdict(list)
    for trial in trials:
        by_name[trial.name].append(trial)
    print(f"\n{'fault':<48} {'injected':>9} {'survived':>9} {'rows compared':>14}")
    for name, some in by_name.items():
        _print_line(name, some)
    _print_line("all", trials)
    injected, survived = _count(trials), _survived(trials)
    print(f"{100 * survived / injected:.1f} % held" if injected else "nothing was injected")
    return bool(injected) and survived == injected and not any(trial.problems for trial in trials)


def _print_line(name, trials):
    rows = sum(trial.rows for trial in trials)
    print(f"{name:<48} {_count(trials):>9} {_survived(trials):>9} {rows:>14,}")


def _count(trials):
    return sum(trial.faults for trial in trials)


def _survived(trials):
    return sum(trial.faults for trial in trials if not trial.problems)
