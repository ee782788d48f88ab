"""Is a port free?"""

import socket

from core.errors import ConfigError


def check_port(host: str, port: int, *, setting: str) -> None:
    """ConfigError where something else listens on the port already; `setting` says how to choose another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(
                f"Port {port} on {host} cannot be used ({reason}): choose another with {setting}."
            ) from error


def find_free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
