"""Does every module import only what its layer may? A table, and a walk through the imports."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent

WORDS = {"core.domain", "core.errors", "core.metrics", "core.clock", "core.scopes"}
"""What every layer may speak: the words, and the time."""

ALLOWED = {
    "core.domain": {"core.domain", "core.errors", "core.metrics"},
    "core.errors": {"core.domain", "core.errors", "core.metrics"},
    "core.metrics": {"core.domain", "core.errors", "core.metrics"},
    "core.clock": set(),
    "core.scopes": {"core.domain"},
    "core.settings": WORDS,
    "core.vault": WORDS | {"core.settings"},
    "core.fetchers": WORDS | {"core.settings", "core.fetchers"},
    "core.ops": WORDS | {"core.settings", "core.ops"},
    "core.warehouse": WORDS | {"core.settings", "core.warehouse"},
    "core.analytics": WORDS | {"core.analytics"},
    "core.charts": WORDS | {"core.analytics", "core.charts"},
    "core.export": {"core.export"},
    "core.sandbox": WORDS | {"core.sandbox"},
    "core.harvest": WORDS | {"core.fetchers"},
    "core.timetable": WORDS,
    "core.room": WORDS | {"core.settings"},
    "core.tickets": WORDS | {"core.settings", "core.vault"},
    "core.web": WORDS
    | {
        "core",
        "core.settings",
        "core.ops",
        "core.warehouse",
        "core.analytics",
        "core.export",
        "core.measuring",
        "core.values",
        "core.accounts",
        "core.logins",
        "core.tickets",
        "core.vault",
        "core.web",
    },
    "core.ui": WORDS
    | {
        "core.settings",
        "core.tickets",
        "core.ops",
        "core.warehouse",
        "core.fetchers",
        "core.accounts",
        "core.logins",
        "core.room",
        "core.wiring",
        "core.analytics",
        "core.measuring",
        "core.charts",
        "core.export",
        "core.ui",
    },
    "pages": WORDS | {"core.analytics", "core.charts", "core.ui"},
}
"""What a package may import of ours, by prefix. Not in the table: the modules that join the layers."""

JOINS = {
    "core.accounts",
    "core.account_sync",
    "core.unsaved",
    "core.rotation",
    "core.logins",
    "core.grants",
    "core.errands",
    "core.adoption",
    "core.connecting",
    "core.chores",
    "core.backfill",
    "core.depth",
    "core.looking",
    "core.measuring",
    "core.values",
    "core.key_commands",
    "core.run_commands",
    "core.asking",
    "core.planning",
    "core.spending",
    "core.step_costs",
    "core.sync",
    "core.own_schedules",
    "core.range_fill",
    "core.self_requests",
    "core.standby",
    "core.stopping",
    "core.sidecar",
    "core.wiring",
    "core.demo",
    "core.demo_story",
    "core.demo_history",
    "core.commands",
    "core.__main__",
    "core.logs",
    "core.ports",
    "core.supervise",
    "core",
    "app",
}
"""The use cases and the command line: the only places where HTTP and storage meet."""

LIBRARIES = {
    "httpx": {"core.fetchers.transport"},
    "duckdb": {"core.warehouse.connection"},
    "authlib": {"core.fetchers.oauth_client", "core.web.flows"},
    "schedule": {"core.timetable"},
    "cryptography": {"core.vault"},
    "fastapi": {"core.web.api"},
    "streamlit": {"core.ui", "pages", "app"},
    "sqlalchemy": {
        "core.ops",
        "core.asking",
        "core.sidecar",
        "core.account_sync",
        "core.connecting",
        "core.errands",
        "core.demo_history",
    },
    "PIL": {"core.ops.logos"},
    "plotly": {"core.charts"},
    "xlsxwriter": {"core.export.xlsx_file"},
}
"""Who may import an outside library whose reach we keep small."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {
    module_name(path): path
    for folder in ("core", "pages")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
} | ({"app": ROOT / "app.py"} if (ROOT / "app.py").exists() else {})


def imported_names(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def is_within(name: str, prefixes: set[str]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def layer_of(name: str) -> str | None:
    return next((layer for layer in ALLOWED if is_within(name, {layer})), None)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_has_a_layer(name):
    assert layer_of(name) is not None or name in JOINS, f"{name} stands in no layer: add it to the table"


@pytest.mark.parametrize("name", sorted(set(MODULES) - JOINS))
def test_a_module_imports_only_what_its_layer_may(name):
    layer = layer_of(name)
    ours = {
        imported for imported in imported_names(MODULES[name]) if imported.split(".")[0] in {"core", "pages", "app"}
    }
    assert {
        imported
        for imported in ours
        if not is_within(imported, ALLOWED[layer] - {"core"}) and imported != "core.__version__"
    } == set()


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_a_library_is_imported_where_it_may_be(library):
    importers = {
        name
        for name, path in MODULES.items()
        if any(is_within(imported, {library}) for imported in imported_names(path))
    }
    assert {name for name in importers if not is_within(name, LIBRARIES[library])} == set()
    assert importers, f"nobody imports {library}: take it out of the table and of requirements.txt"


def test_nothing_imports_the_app():
    assert {name for name, path in MODULES.items() if is_within("app", imported_names(path))} == set()
