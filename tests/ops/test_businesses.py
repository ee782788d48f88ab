"""Businesses: made, renamed, set, archived; every wrong value is refused in one sentence, and a logo is only pixels."""

from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from core.domain import RateBase
from core.errors import ConfigError
from core.ops import businesses
from core.ops.logos import make_logo
from core.ops.models import Business
from tests.conftest import NOW

pytestmark = pytest.mark.integration

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def aurora(database):
    with database.transaction() as session:
        return businesses.create_business(session, "  Aurora   Group ", timezone="Europe/Berlin", now=NOW).id


@pytest.fixture
def save(database, aurora):
    def save_changes(**changes):
        with database.transaction() as session:
            return businesses.save_business_settings(session, aurora, **changes)

    return save_changes


def picture(size=(800, 400), form="PNG", **more):
    drawn = BytesIO()
    Image.new("RGB", size, "teal").save(drawn, form, **more)
    return drawn.getvalue()


def get(database, business_id):
    with database.reading() as session:
        return session.get_one(Business, business_id)


def test_a_business_is_made_with_a_clean_name_and_our_defaults(database, aurora):
    business = get(database, aurora)
    assert (business.name, business.timezone) == ("Aurora Group", "Europe/Berlin")
    assert (business.rate_base, business.counts_clicks, business.logo) == (RateBase.IMPRESSIONS, False, None)


@pytest.mark.parametrize(
    ("name", "zone", "words"),
    [
        ("  ", "UTC", "Give the business a name"),
        ("x" * 201, "UTC", "longer than 200"),
        ("aurora group", "UTC", "The name Aurora Group is in use"),
        ("Borealis", "Mars/Olympus", "'Mars/Olympus' is not a time zone"),
        ("Borealis", "../etc/passwd", "is not a time zone"),
    ],
)
def test_a_wrong_name_or_zone_is_refused(database, aurora, name, zone, words):
    with pytest.raises(ConfigError, match=words), database.transaction() as session:
        businesses.create_business(session, name, timezone=zone, now=NOW)


def test_a_business_is_renamed_also_to_other_letters_of_its_own_name(database, aurora):
    with database.transaction() as session:
        businesses.rename_business(session, aurora, "AURORA group")
    assert get(database, aurora).name == "AURORA group"


def test_the_name_of_an_archived_business_is_told_apart(database, aurora):
    with database.transaction() as session:
        businesses.archive_business(session, aurora, now=NOW)
    with pytest.raises(ConfigError, match="Aurora Group is archived; restore it"), database.transaction() as session:
        businesses.create_business(session, "Aurora Group", timezone="UTC", now=NOW)


def test_what_is_not_given_stays(database, aurora, save):
    save(rate_base=RateBase.REACH, counts_clicks=True)
    save(timezone="America/New_York", posts_per_sync=None)
    business = get(database, aurora)
    assert (business.rate_base, business.counts_clicks, business.timezone) == (
        RateBase.REACH,
        True,
        "America/New_York",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rate_base": "likes"}, "is not a base of the engagement rate: choose one of impressions, reach, followers"),
        ({"timezone": "Berlin"}, "'Berlin' is not a time zone"),
        ({"fresh_days": 0}, "from 1 to 90"),
        ({"daily_days": 731}, "from 1 to 730"),
        ({"fresh_days": 30, "daily_days": 20}, "cannot be read every hour for longer"),
        ({"posts_per_sync": 0}, "from 1 to 10,000"),
        ({"logo": SVG}, "not a PNG, JPEG or WebP"),
    ],
)
def test_a_wrong_setting_is_refused_and_nothing_is_changed(database, aurora, save, changes, words):
    with pytest.raises(ConfigError, match=words):
        save(counts_clicks=True, **changes)
    assert get(database, aurora).counts_clicks is False


def test_archived_and_restored(database, aurora):
    with database.transaction() as session:
        businesses.archive_business(session, aurora, now=NOW)
        assert businesses.list_businesses(session) == []
        assert [business.id for business in businesses.list_all_businesses(session)] == [aurora]
        businesses.restore_business(session, aurora)
        assert [business.id for business in businesses.list_businesses(session)] == [aurora]


def test_a_business_that_is_gone_says_so(database):
    with pytest.raises(ConfigError, match="is gone"), database.transaction() as session:
        businesses.rename_business(session, 77, "x")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_logo_becomes_a_small_png_of_the_same_shape(database, aurora, save, form):
    save(logo=picture(form=form))
    with Image.open(BytesIO(get(database, aurora).logo)) as logo:
        assert (logo.format, logo.size) == ("PNG", (256, 128))
    save(logo=None)
    assert get(database, aurora).logo is None


def test_what_else_a_picture_carries_is_left_behind():
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "<script>alert(1)</script>")
    assert b"script" not in make_logo(picture(pnginfo=told) + b"<script>alert(1)</script>")


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (SVG, "not a PNG"),
        (picture(form="GIF"), "not a PNG"),
        (b"", "not a PNG"),
        (picture()[:60], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "(damaged|not a PNG)"),
        (b"x" * 5_000_001, "larger than 5 MB"),
        (picture((9000, 5000)), "40 million pixels"),
    ],
)
def test_what_is_no_small_picture_is_refused(upload, words):
    with pytest.raises(ConfigError, match=words):
        make_logo(upload)
