"""Settings: read from the environment, and a wrong one names itself."""

import pytest

from core.domain import Provider
from core.errors import ConfigError
from core.settings import PROJECT_ROOT, Settings

pytestmark = pytest.mark.unit


def test_defaults_lie_in_the_project():
    settings = Settings.read()
    assert settings.data_dir == PROJECT_ROOT / "data"
    assert settings.operations_url == f"sqlite:///{PROJECT_ROOT / 'data' / 'operations.db'}"
    assert settings.published_link == PROJECT_ROOT / "data" / "published" / "warehouse.duckdb"
    assert settings.public_url == "http://localhost:8501"


def test_the_environment_wins_over_the_file(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("TIDELINE_POSTS_PER_SYNC=7\nTIDELINE_BACKFILL_DAYS=30\n")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    monkeypatch.setenv("TIDELINE_POSTS_PER_SYNC", "9")
    settings = Settings.read()
    assert (settings.posts_per_sync, settings.backfill_days) == (9, 30)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIDELINE_PUBLIC_URL", "tideline.example"),
        ("TIDELINE_POSTS_PER_SYNC", "many"),
        ("TIDELINE_POSTS_PER_SYNC", "0"),
        ("TIDELINE_X_API_URL", "file:///etc/passwd"),
        ("TIDELINE_META_VERSION", "25"),
        ("TIDELINE_LINKEDIN_VERSION", "2026"),
        ("TIDELINE_WAREHOUSE_URL", "ducklake:x"),
        ("TIDELINE_HTTP_TIMEOUT_S", "-1"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as error:
        Settings.read()
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_secrets_do_not_show_in_the_settings(monkeypatch):
    monkeypatch.setenv("TIDELINE_X_CLIENT_SECRET", "s3cret-value")
    monkeypatch.setenv("TIDELINE_SECRET_KEY", "s3cret-value")
    settings = Settings.read()
    assert "s3cret-value" not in repr(settings) + str(settings) + repr(settings.provider(Provider.X))
    assert settings.provider(Provider.X).client_secret == "s3cret-value"


def test_a_provider_without_a_client_id_is_not_configured(monkeypatch):
    assert not Settings.read().provider(Provider.META).is_configured
    monkeypatch.setenv("TIDELINE_META_CLIENT_ID", "1")
    assert Settings.read().provider(Provider.META).is_configured


def test_instagram_login_has_an_app_and_a_token_endpoint_of_its_own(monkeypatch):
    monkeypatch.setenv("TIDELINE_INSTAGRAM_CLIENT_ID", "2")
    app = Settings.read().provider(Provider.INSTAGRAM)
    assert app.is_configured
    assert app.api_url == "https://graph.instagram.com"
    assert app.token_url == "https://api.instagram.com/oauth/access_token"
    assert Settings.read().provider(Provider.META).token_url == ""
