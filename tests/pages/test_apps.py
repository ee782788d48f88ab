"""The platform apps: what to register, what to paste, what to set, and whether the provider knows us."""

import pytest

from core.domain import Provider
from core.errors import OperatorNeededError
from core.scopes import SCOPES
from core.settings import Settings
from core.ui import workplace
from core.ui.guides import GUIDES
from tests.ui.conftest import APPS

pytestmark = pytest.mark.integration


@pytest.fixture
def open_apps(dashboard, folder, use_folder):
    def opened(**settings):
        use_folder(Settings.read(data_dir=folder.settings.data_dir, **settings))
        at = dashboard.open(APPS)
        assert not at.exception
        return at

    return opened


def codes(at):
    return [code.value for code in at.code]


def labels(at):
    return [expander.label for expander in at.expander]


def test_nothing_configured_offers_the_sandbox(open_apps, dashboard):
    at = open_apps()
    assert any("No platform is set up yet" in text and "`make demo`" in text for text in dashboard.texts(at))
    assert ["Not set up" in label for label in labels(at)] == [True] * 4
    assert not at.button


def test_in_the_demo_it_says_that_the_sandbox_stands_in(open_apps, dashboard):
    at = open_apps(demo=True, linkedin_client_id="known")
    assert any("the sandbox stands in for every platform" in text for text in dashboard.texts(at))


def test_each_provider_has_its_address_permissions_and_variables(open_apps):
    shown = codes(open_apps(public_url="https://social.example/"))
    for provider in Provider:
        assert f"https://social.example/oauth/{provider.value}/callback" in shown
        name = provider.value.upper()
        assert f"TIDELINE_{name}_CLIENT_ID=\nTIDELINE_{name}_CLIENT_SECRET=" in shown
    assert "r_organization_social rw_organization_admin" in shown
    assert ",".join(SCOPES[Provider.META]) in shown


def test_every_provider_has_a_guide_with_links_over_https():
    assert set(GUIDES) == set(Provider)
    assert all(url.startswith("https://") for guide in GUIDES.values() for url in guide.links.values())


@pytest.mark.parametrize(
    ("public_url", "warnings"),
    [
        ("https://social.example", []),
        ("http://localhost:8501", ["X does not take localhost", "Instagram wants an https address"]),
        ("http://127.0.0.1:8501", ["Facebook takes http for localhost alone", "Instagram wants an https address"]),
        ("http://social.example", ["wants an https address"] * 4),
    ],
)
def test_an_address_that_a_provider_would_refuse_is_warned_of(open_apps, public_url, warnings):
    at = open_apps(public_url=public_url)
    assert len(at.warning) == len(warnings)
    assert all(said in warning.value for said, warning in zip(warnings, at.warning, strict=True))


def test_x_is_told_the_address_that_would_do(open_apps):
    at = open_apps(public_url="http://localhost:8501")
    assert "TIDELINE_PUBLIC_URL=http://127.0.0.1:8501 " in at.warning[0].value


class Checking:
    """Stands in for the use case where it would ask a provider."""

    def __init__(self, error=None):
        self.error, self.asked = error, []

    def check_app(self, provider):
        self.asked.append(provider)
        if self.error:
            raise self.error


@pytest.mark.parametrize("provider", Provider)
def test_one_press_tests_an_app(open_apps, dashboard, monkeypatch, provider):
    checking = Checking()
    at = open_apps(**{f"{provider.value}_client_id": "known"})
    monkeypatch.setattr(workplace, "accounts", lambda: checking)
    at.button(key=f"apps_test_{provider}").click().run()
    assert checking.asked == [provider]
    assert any("accepts the client id and the secret" in text for text in dashboard.texts(at))


def test_a_refused_secret_is_one_sentence(open_apps, dashboard, monkeypatch):
    at = open_apps(x_client_id="known", x_client_secret="wrong-secret")
    monkeypatch.setattr(workplace, "accounts", lambda: Checking(OperatorNeededError("X does not accept our app.")))
    at.button(key="apps_test_x").click().run()
    assert "X does not accept our app." in [text.value for text in at.text]
    assert not any("wrong-secret" in text for text in [*dashboard.texts(at), *codes(at)])
