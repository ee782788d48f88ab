"""How are the processes kept alive and ended gently? By supervisor, with a configuration written for this start."""

import os
import stat
import sys
from collections.abc import Mapping
from configparser import RawConfigParser
from dataclasses import dataclass, field
from pathlib import Path

from core.settings import PROJECT_ROOT


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised command `python -m core <arguments>`; a `once` program runs to its end and stays ended."""

    name: str
    arguments: tuple[str, ...]
    once: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it finds in its environment beside ours."""


SIDECAR = Program(
    "sidecar",
    ("sidecar",),
    environment={  # its hundred threads take turns at the databases: memory set aside for each of them would lie idle
        "MALLOC_ARENA_MAX": "2",
        "DUCKDB_JE_MALLOC_CONF": "narenas:1,tcache:false,dirty_decay_ms:0,muzzy_decay_ms:0",
    },
)


def supervise(programs: list[Program], data_dir: Path) -> None:
    """Become supervisor. Programs start in this order and are stopped in the reverse one; Ctrl-C ends them all."""
    path = data_dir / "supervisord.conf"
    with path.open("w", encoding="utf-8") as file:
        _configuration(programs, data_dir).write(file)
    command = [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(path)]
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606  # no shell: the arguments are ours


def _configuration(programs: list[Program], data_dir: Path) -> RawConfigParser:
    configuration = RawConfigParser()
    configuration["supervisord"] = {
        "nodaemon": "true",
        "logfile": "/dev/null",
        "logfile_maxbytes": "0",
        "loglevel": "warn",
        "pidfile": _escape(str(data_dir / "supervisord.pid")),
        "childlogdir": _escape(str(data_dir)),
        "umask": "077",
        **({"user": "root"} if os.geteuid() == 0 else {}),
    }
    for priority, program in enumerate(programs):
        configuration[f"program:{program.name}"] = _program(program, priority, data_dir)
    return configuration


def _program(program: Program, priority: int, data_dir: Path) -> dict[str, str]:
    command = " ".join(f'"{_escape(part)}"' for part in (sys.executable, "-m", "core", *program.arguments))
    return {
        "command": command,
        "directory": _escape(str(PROJECT_ROOT)),
        "priority": str(priority),
        "autorestart": "false" if program.once else "unexpected",
        "exitcodes": "0,2",  # 2: a wrong setting, which a restart would not mend
        "startsecs": "0" if program.once else "1",
        "stopwaitsecs": "35",  # the sidecar finishes accounts in flight for up to 30 s
        "redirect_stderr": "true",
        "environment": ",".join(f'{name}="{_escape(value)}"' for name, value in program.environment.items()),
        **_log_target(program, data_dir),
    }


def _log_target(program: Program, data_dir: Path) -> dict[str, str]:
    """Our own output, or a file where that is a socket (systemd's journal), which cannot be opened by a name."""
    if stat.S_ISSOCK(os.fstat(sys.stdout.fileno()).st_mode):
        return {"stdout_logfile": _escape(str(data_dir / f"{program.name}.log")), "stdout_logfile_backups": "2"}
    return {"stdout_logfile": "/dev/fd/1", "stdout_logfile_maxbytes": "0"}


def _escape(value: str) -> str:
    return value.replace("%", "%%")  # supervisor expands %(…)s
