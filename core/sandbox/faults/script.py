"""What does a fault script say? JSON or the command line's short form as rules, or one sentence on what is wrong."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from core.domain import Platform
from core.errors import ConfigError
from core.sandbox.faults.catalog import FAULTS
from core.sandbox.faults.kinds import REQUIRED, FaultKind
from core.sandbox.faults.rules import Rule
from core.sandbox.world import World

_OWN_KEYS = ("account", "fault", "times", "after", "endpoint")
_COUNTS = {"matched", "fired"}
_OPTION = re.compile(r":(?=\w+=)")


def parse_script(script: Any, world: World) -> list[Rule]:
    """The rules of a JSON list; ConfigError with one sentence where one is wrong."""
    if not isinstance(script, list):
        _refuse("A fault script is a JSON list of objects with account and fault.")
    return [_rule(entry, world) for entry in script]


def parse_option(text: str) -> dict[str, Any]:
    """The entry that `linkedin/*:rate_limited:times=3` stands for."""
    head, *pairs = _OPTION.split(text)
    account, _, fault = head.rpartition(":")
    if not account:
        _refuse(f"A fault on the command line reads platform/account:fault[:name=value…], not {text!r}.")
    named = (pair.partition("=") for pair in pairs)
    return {"account": account, "fault": fault} | {name: _value(value) for name, _, value in named}


def parse_options(texts: Iterable[str], world: World) -> list[Rule]:
    return parse_script([parse_option(text) for text in texts], world)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _rule(entry: Any, world: World) -> Rule:
    if not isinstance(entry, dict) or not {"account", "fault"} <= entry.keys():
        _refuse("Every entry of a fault script is an object with account and fault.")
    kind = FAULTS.get(str(entry["fault"]))
    if kind is None:
        _refuse(f"There is no fault {entry['fault']!r}; GET /_sandbox/faults/catalog lists them.")
    platform, name = _account(str(entry["account"]), kind, world)
    return Rule(
        kind=kind,
        platform=platform,
        name=name,
        times=_number(entry, "times", kind.times),
        after=_number(entry, "after", 0) or 0,
        endpoint=_endpoint(entry.get("endpoint"), kind),
        arguments=_arguments(entry, kind),
    )


def _account(text: str, kind: FaultKind, world: World) -> tuple[Platform | None, str]:
    first, _, name = text.partition("/")
    if not name or first not in ("*", *Platform):
        _refuse(f"account reads platform/external id, platform/login or platform/*, not {text!r}.")
    platform = None if first == "*" else Platform(first)
    if platform and platform not in kind.platforms:
        _refuse(f"{kind.name} is no fault of {platform.value}.")
    if name != "*" and not _is_known(name, platform, world):
        _refuse(f"No login or account of {first} is called {name!r}; GET /_sandbox/world lists them.")
    return platform, name


def _is_known(name: str, platform: Platform | None, world: World) -> bool:
    platforms = [platform] if platform else list(Platform)
    return any(
        login.list_accounts(each) and (login.name == name or login.find_account(each, name))
        for login in world.logins
        for each in platforms
    )


def _number(entry: Mapping[str, Any], key: str, default: int | None) -> int | None:
    value = entry.get(key, default)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        _refuse(f"{key} must be a whole number{' or null' if key == 'times' else ''}, not {value!r}.")
    return value


def _endpoint(name: Any, kind: FaultKind) -> str | None:
    known = kind.known_endpoints()
    if name is not None and name not in known:
        _refuse(f"{kind.name} is met at {', '.join(sorted(known))}, not at {name!r}.")
    return None if name is None else str(name)


def _arguments(entry: Mapping[str, Any], kind: FaultKind) -> dict[str, Any]:
    unknown = entry.keys() - {*_OWN_KEYS, *_COUNTS, *kind.parameters}
    if unknown:
        accepted = ", ".join((*_OWN_KEYS[2:], *kind.parameters))
        _refuse(f"{kind.name} takes {accepted}, not {sorted(unknown)[0]!r}.")
    return {name: _argument(entry, name, default) for name, default in kind.parameters.items()}


def _argument(entry: Mapping[str, Any], name: str, default: Any) -> Any:
    if name not in entry:
        if default == REQUIRED:
            _refuse(f"{entry['fault']} needs {name}.")
        return default[0] if isinstance(default, tuple) else default
    value = entry[name]
    if not _fits(value, name, default):
        expected = " or ".join(map(repr, default)) if isinstance(default, tuple) else f"like {default!r}"
        _refuse(f"{name} of {entry['fault']} must be {expected}, not {value!r}.")
    return value


def _fits(value: Any, name: str, default: Any) -> bool:
    if name == "status" and isinstance(value, int) and not 200 <= value <= 999:
        return False
    if name == "post":
        return isinstance(value, int | str) and not isinstance(value, bool)
    if isinstance(default, tuple):
        return value in default
    if default is None:
        return True
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, type(default)) and isinstance(value, bool) == isinstance(default, bool)


def _refuse(sentence: str) -> NoReturn:
    raise ConfigError(sentence)
