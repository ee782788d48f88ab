"""Which faults are there? All of them by name; one more is one entry in its file's KINDS."""

from core.sandbox.faults import (
    events,
    everywhere,
    limits,
    linkedin,
    lists,
    logins,
    meta,
    meta_answers,
    oauth,
    twins,
    x,
    x_renaming,
)
from core.sandbox.faults.kinds import FaultKind

_FILES = (everywhere, oauth, limits, lists, events, linkedin, x, x_renaming, meta, meta_answers, twins, logins)

FAULTS: dict[str, FaultKind] = {kind.name: kind for file in _FILES for kind in file.KINDS}
