"""The businesses page: made, renamed, set, put away, brought back, and deleted for good only by name."""

from io import BytesIO

import pytest
from PIL import Image

from core.domain import RateBase
from core.ops import requests
from core.ops.businesses import list_all_businesses
from tests.conftest import NOW
from tests.ui.conftest import BUSINESSES

pytestmark = pytest.mark.integration


def open_businesses(dashboard, **parameters):
    at = dashboard.open(BUSINESSES, **parameters)
    assert not at.exception
    return at


def click(at, key):
    at.button(key=key).click().run()
    assert not at.exception
    return at


def toasts(at):
    return [toast.value for toast in at.toast]


def picture(kind="PNG"):
    drawn = BytesIO()
    Image.new("RGB", (400, 200), "teal").save(drawn, kind)
    return drawn.getvalue()


class TestList:
    def test_an_empty_install_says_what_a_business_is(self, dashboard, folder):
        assert any("There is no business yet" in text for text in dashboard.texts(open_businesses(dashboard)))

    def test_each_with_its_accounts_zone_and_base(self, dashboard, filled):
        filled.change_business(filled.bikes, timezone="Europe/Berlin", rate_base=RateBase.REACH)
        bodies = dashboard.bodies(open_businesses(dashboard))
        assert any("Lumen Bikes" in body and "1 account · Europe/Berlin · rate by reach" in body for body in bodies)
        assert any("Aurora Coffee" in body and "4 accounts · UTC · rate by impressions" in body for body in bodies)

    def test_settings_look_at_that_business(self, dashboard, filled):
        at = click(open_businesses(dashboard), f"business_open_{filled.bikes}")
        assert at.session_state["business"] == filled.bikes
        assert at.text_input(key=f"business_name_{filled.bikes}").value == "Lumen Bikes"

    def test_a_name_is_never_more_than_text(self, dashboard, filled):
        filled.change_business(filled.bikes, name="<b>![](http://evil/x.png)")
        bodies = "".join(dashboard.bodies(open_businesses(dashboard)))
        assert "&lt;b&gt;![](http://evil/x.png)" in bodies
        assert "<b>" not in bodies


class TestNew:
    def create(self, at, name):
        at.text_input(key="businesses_name").set_value(name).run()
        return click(at, "businesses_create")

    def test_a_new_one_has_a_name_and_a_zone(self, dashboard, folder):
        at = click(open_businesses(dashboard), "businesses_new")
        at.selectbox(key="businesses_zone").set_value("Asia/Tokyo").run()
        at = self.create(at, "Tokyo Tea")
        assert toasts(at) == ["Created. Connect its accounts on the Accounts page."]
        with folder.database.reading() as session:
            assert [(one.name, one.timezone) for one in list_all_businesses(session)] == [("Tokyo Tea", "Asia/Tokyo")]
        assert not any(field.key == "businesses_name" for field in at.text_input)

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("  ", "Give the business a name."),
            ("lumen bikes", "The name Lumen Bikes is in use; choose another one."),
        ],
    )
    def test_a_wrong_name_is_told_in_the_dialog(self, dashboard, filled, name, sentence):
        at = self.create(click(open_businesses(dashboard), "businesses_new"), name)
        assert sentence in [text.value for text in at.text]
        assert at.text_input(key="businesses_name").value == name


class TestSettings:
    def open_bikes(self, dashboard):
        return open_businesses(dashboard, business="Lumen Bikes")

    def test_all_of_it_is_saved_with_one_press(self, dashboard, filled):
        at, key = self.open_bikes(dashboard), filled.bikes
        at.text_input(key=f"business_name_{key}").set_value("Lumen E-Bikes")
        at.selectbox(key=f"business_zone_{key}").set_value("Europe/Berlin")
        at.radio(key=f"business_rate_{key}").set_value(RateBase.FOLLOWERS)
        at.toggle(key=f"business_clicks_{key}").set_value(True)
        at.number_input(key=f"business_fresh_{key}").set_value(3)
        at.number_input(key=f"business_daily_{key}").set_value(30)
        at.number_input(key=f"business_posts_{key}").set_value(40)
        at.file_uploader(key=f"business_logo_{key}").set_value(("logo.png", picture(), "image/png"))
        at = click(at, "business_save")
        assert toasts(at) == ["Saved."]
        saved = filled.get_business(key)
        assert (saved.name, saved.timezone, saved.rate_base, saved.counts_clicks) == (
            "Lumen E-Bikes",
            "Europe/Berlin",
            RateBase.FOLLOWERS,
            True,
        )
        assert (saved.fresh_days, saved.daily_days, saved.posts_per_sync) == (3, 30, 40)
        with Image.open(BytesIO(saved.logo)) as logo:
            assert (logo.format, logo.size) == ("PNG", (256, 128))

    def test_what_is_not_touched_stays(self, dashboard, filled):
        filled.change_business(filled.bikes, logo=picture(), posts_per_sync=40)
        before = filled.get_business(filled.bikes)
        click(self.open_bikes(dashboard), "business_save")
        after = filled.get_business(filled.bikes)
        assert {name: getattr(after, name) for name in vars(before) if not name.startswith("_")} == {
            name: getattr(before, name) for name in vars(before) if not name.startswith("_")
        }

    def test_the_number_of_posts_can_be_left_to_the_installation_again(self, dashboard, filled):
        filled.change_business(filled.bikes, posts_per_sync=40)
        at = self.open_bikes(dashboard)
        assert at.number_input(key=f"business_posts_{filled.bikes}").value == 40
        at.number_input(key=f"business_posts_{filled.bikes}").set_value(None)
        click(at, "business_save")
        assert filled.get_business(filled.bikes).posts_per_sync is None

    def test_a_logo_can_be_taken_away(self, dashboard, filled):
        filled.change_business(filled.bikes, logo=picture())
        at = self.open_bikes(dashboard)
        at.checkbox(key=f"business_logo_gone_{filled.bikes}").check()
        click(at, "business_save")
        assert filled.get_business(filled.bikes).logo is None

    def test_wrong_input_changes_nothing_and_says_why(self, dashboard, filled):
        at, key = self.open_bikes(dashboard), filled.bikes
        at.text_input(key=f"business_name_{key}").set_value("Renamed")
        at.number_input(key=f"business_fresh_{key}").set_value(60)
        at.number_input(key=f"business_daily_{key}").set_value(30)
        at = click(at, "business_save")
        assert any("for longer than" in text.value for text in at.text)
        assert filled.get_business(key).name == "Lumen Bikes"

    def test_a_document_is_no_logo(self, dashboard, filled):
        at = self.open_bikes(dashboard)
        drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
        at.file_uploader(key=f"business_logo_{filled.bikes}").set_value(("logo.png", drawing, "image/png"))
        at = click(at, "business_save")
        assert any("not a PNG, JPEG or WebP picture" in text.value for text in at.text)
        assert filled.get_business(filled.bikes).logo is None

    def test_the_caps_of_its_platforms_are_told(self, dashboard, filled):
        captions = [caption.value for caption in self.open_bikes(dashboard).caption]
        assert any("LinkedIn is read every 2 hours at most" in caption for caption in captions)
        assert not any("X bills" in caption for caption in captions)
        captions = [caption.value for caption in open_businesses(dashboard, business="Aurora Coffee").caption]
        assert any(r"would cost more than \$5.00" in caption for caption in captions)


class TestArchive:
    def test_an_archived_one_leaves_the_pages_and_can_be_restored(self, dashboard, filled):
        at = click(open_businesses(dashboard, business="Lumen Bikes"), "business_archive")
        assert toasts(at) == ["Archived. It can be restored below."]
        assert filled.get_business(filled.bikes).archived_at == NOW
        assert "Archived" in dashboard.texts(at)
        at = click(at, f"business_restore_{filled.bikes}")
        assert filled.get_business(filled.bikes).archived_at is None
        assert "Archived" not in dashboard.texts(at)

    def test_the_day_it_was_archived_is_told_in_its_own_zone(self, dashboard, filled):
        filled.change_business(filled.bikes, archived_at=NOW.replace(hour=23), timezone="Asia/Tokyo")
        bodies = dashboard.bodies(open_businesses(dashboard))
        assert any("Archived Wed 25 Nov" in body for body in bodies)


class TestDeletion:
    def ask(self, dashboard, name):
        at = click(open_businesses(dashboard, business="Lumen Bikes"), "business_delete")
        key = next(field.key for field in at.text_input if field.key.startswith("business_typed"))
        at.text_input(key=key).set_value(name).run()
        return click(at, "business_delete_now")

    def open_requests(self, filled):
        with filled.database.reading() as session:
            return [(asked.business_id, asked.id) for asked in requests.list_open(session)]

    def test_the_dialog_says_what_goes(self, dashboard, filled):
        at = click(open_businesses(dashboard, business="Lumen Bikes"), "business_delete")
        assert any(text.value.startswith("Lumen Bikes with 1 account: every post") for text in at.text)

    @pytest.mark.parametrize("typed", ["", "lumen bikes", "Aurora Coffee"])
    def test_another_name_deletes_nothing(self, dashboard, filled, typed):
        at = self.ask(dashboard, typed)
        assert any('Type the name exactly as it is written, "Lumen Bikes"' in text.value for text in at.text)
        assert self.open_requests(filled) == []

    def test_its_name_asks_the_sidecar_and_what_was_removed_is_told(self, dashboard, filled):
        at = self.ask(dashboard, "Lumen Bikes")
        assert "Lumen Bikes is being deleted." in [text.value for text in at.text]
        ((business_id, request_id),) = self.open_requests(filled)
        assert business_id == filled.bikes
        with filled.database.transaction() as session:
            requests.record_finished(session, request_id, outcome="Removed 1 account and 5 posts.", now=NOW)
        assert "Removed 1 account and 5 posts." in [text.value for text in at.run().text]

    def test_why_it_was_not_done_is_told(self, dashboard, filled):
        at = self.ask(dashboard, "Lumen Bikes")
        with filled.database.transaction() as session:
            requests.record_finished(session, self.open_requests(filled)[0][1], error="The disk is full.", now=NOW)
        assert "The disk is full." in [text.value for text in at.run().text]

    def test_an_archived_one_can_be_deleted(self, dashboard, filled):
        filled.change_business(filled.bikes, archived_at=NOW)
        at = click(open_businesses(dashboard), f"business_delete_{filled.bikes}")
        at.text_input(key=f"business_typed_{filled.bikes}").set_value("Lumen Bikes").run()
        click(at, "business_delete_now")
        assert len(self.open_requests(filled)) == 1
