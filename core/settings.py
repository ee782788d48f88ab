"""What did the operator set? The only reader of the environment (prefix TIDELINE_, and .env)."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.domain import Provider
from core.errors import ConfigError

PROJECT_ROOT = Path(__file__).resolve().parent.parent

WebUrl = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")]


@dataclass(kw_only=True, slots=True)
class ProviderSettings:
    """One provider's app: where it lives and how we identify ourselves to it."""

    provider: Provider
    api_url: str
    oauth_url: str
    client_id: str
    client_secret: str = field(repr=False)
    token_url: str = ""
    """Where codes become tokens, for a provider that has it on a host of its own."""
    calls_a_day: int = 0
    """How often it lets a login ask an endpoint, for a provider that does not tell; 0 = not known."""

    def __post_init__(self) -> None:
        self.api_url = self.api_url.rstrip("/")
        self.oauth_url = self.oauth_url.rstrip("/")

    @property
    def is_configured(self) -> bool:
        return bool(self.client_id)


class Settings(BaseSettings):
    """Every setting, with its default; a wrong value raises ConfigError naming it."""

    model_config = SettingsConfigDict(
        env_prefix="TIDELINE_", env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    data_dir: Path = Path("data")
    database_url: str = ""
    warehouse_url: str = ""
    public_url: WebUrl = "http://localhost:8501"
    secret_key: SecretStr = SecretStr("")

    linkedin_client_id: str = ""
    linkedin_client_secret: SecretStr = SecretStr("")
    linkedin_api_url: WebUrl = "https://api.linkedin.com"
    linkedin_oauth_url: WebUrl = "https://www.linkedin.com/oauth/v2"
    linkedin_version: Annotated[str, Field(pattern=r"^20\d{4}$")] = "202609"

    x_client_id: str = ""
    x_client_secret: SecretStr = SecretStr("")
    x_api_url: WebUrl = "https://api.x.com/2"
    x_oauth_url: WebUrl = "https://x.com/i/oauth2"

    meta_client_id: str = ""
    meta_client_secret: SecretStr = SecretStr("")
    meta_api_url: WebUrl = "https://graph.facebook.com"
    meta_oauth_url: WebUrl = "https://www.facebook.com"
    meta_version: Annotated[str, Field(pattern=r"^v\d+\.\d+$")] = "v25.0"

    instagram_client_id: str = ""
    instagram_client_secret: SecretStr = SecretStr("")
    instagram_api_url: WebUrl = "https://graph.instagram.com"
    instagram_oauth_url: WebUrl = "https://www.instagram.com/oauth"
    instagram_token_url: WebUrl = "https://api.instagram.com/oauth/access_token"

    posts_per_sync: Annotated[int, Field(ge=1, le=10_000)] = 100
    backfill_days: Annotated[int, Field(ge=1, le=730)] = 395
    backfill_posts: Annotated[int, Field(ge=1, le=10_000)] = 1000
    linkedin_calls_a_day: Annotated[int, Field(ge=0, le=10_000_000)] = 100
    linkedin_every_hours: Annotated[int, Field(ge=1, le=168)] = 2
    linkedin_keep_text_days: Annotated[int, Field(ge=0, le=3650)] = 365
    x_keep_text_days: Annotated[int, Field(ge=0, le=3650)] = 0
    x_daily_cap_usd: Annotated[float, Field(ge=0, le=10_000)] = 5.0
    backup_dir: Path | None = None
    backup_keep: Annotated[int, Field(ge=0, le=1000)] = 7
    http_timeout_s: Annotated[float, Field(gt=0, le=300)] = 30.0
    demo: bool = False

    @field_validator("data_dir")
    @classmethod
    def _from_project_root(cls, value: Path) -> Path:
        return value if value.is_absolute() else PROJECT_ROOT / value

    def provider(self, provider: Provider) -> ProviderSettings:
        name = provider.value
        return ProviderSettings(
            provider=provider,
            api_url=getattr(self, f"{name}_api_url"),
            oauth_url=getattr(self, f"{name}_oauth_url"),
            client_id=getattr(self, f"{name}_client_id"),
            client_secret=getattr(self, f"{name}_client_secret").get_secret_value(),
            token_url=getattr(self, f"{name}_token_url", ""),
            calls_a_day=getattr(self, f"{name}_calls_a_day", 0),
        )

    @property
    def operations_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'operations.db'}"

    @property
    def warehouse_path(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    @property
    def backups_dir(self) -> Path:
        """Where the daily backups go; a relative one is meant from the project, like the data folder."""
        return PROJECT_ROOT / self.backup_dir if self.backup_dir else self.data_dir / "backups"

    @property
    def published_dir(self) -> Path:
        return self.data_dir / "published"

    @property
    def published_link(self) -> Path:
        return self.published_dir / "warehouse.duckdb"

    @classmethod
    def read(cls, **overrides: object) -> Self:
        """Settings from environment and .env, or ConfigError in one sentence."""
        try:
            settings = cls(**overrides)  # type: ignore[arg-type]  # pydantic checks every value
        except ValidationError as error:
            first = error.errors()[0]
            name = "TIDELINE_" + str(first["loc"][0]).upper()
            raise ConfigError(f"{name} is wrong: {first['msg']}. See .env.example for what it takes.") from error
        if settings.warehouse_url:
            raise ConfigError(
                "TIDELINE_WAREHOUSE_URL is set, but this version keeps the warehouse in the data folder; unset it."
            )
        return settings


def is_set(name: str) -> bool:
    """Whether the process environment itself (not .env) sets TIDELINE_<name>."""
    return f"TIDELINE_{name}" in os.environ


def use_utc() -> None:
    """Put this process into UTC; schedule reads the local clock."""
    os.environ["TZ"] = "UTC"
    time.tzset()


def set_for_children(values: dict[str, str]) -> None:
    """Hand settings to the processes that this one starts."""
    os.environ.update({f"TIDELINE_{name}": value for name, value in values.items()})


def environment_with(values: dict[str, str]) -> dict[str, str]:
    """The environment of a child process: ours, plus these variables by their full names."""
    return {**os.environ, **values}
