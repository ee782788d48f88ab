"""Which logins need a person, what is said of them and how often, and how every account stands."""

from datetime import timedelta

import pytest

from core.domain import Platform, Provider, RunState, RunTrigger, StepState
from core.errors import ReconnectNeededError, TransientError
from core.ops import runs, steps, tokens
from core.ops.account_rows import list_account_rows
from core.ops.accounts import save_account
from core.ops.activities import list_activities
from core.ops.businesses import archive_business, ensure_business
from core.ops.grants import list_grant_troubles
from core.ops.models import Account, Business, Notice, SyncStep, Token
from core.ops.notices import record_grant_notices
from core.ops.steps import StepOutcome
from core.ops.tokens import EncryptedGrant, GrantOwner
from tests.conftest import NOW

pytestmark = pytest.mark.integration

DAY = timedelta(days=1)
PLATFORMS = {
    Provider.LINKEDIN: Platform.LINKEDIN,
    Provider.X: Platform.X,
    Provider.META: Platform.FACEBOOK,
    Provider.INSTAGRAM: Platform.INSTAGRAM,
}


@pytest.fixture
def save(database):
    """Store a login that reads accounts of these names; everything else as the provider would have it."""

    def save_one(provider, *names, ends_in=None, refresh=None, refresh_ends_in=None, data_ends_in=None, scopes=""):
        def at(ahead):
            return None if ahead is None else NOW + ahead

        grant = EncryptedGrant(b"access", refresh, at(ends_in), at(refresh_ends_in), scopes)
        with database.transaction() as session:
            business = ensure_business(session, "Aurora", timezone="UTC", now=NOW)
            owner = GrantOwner(f"owner-{provider}", "Maria Muster", at(data_ends_in))
            token = tokens.save_token(session, provider, owner, grant, now=NOW - DAY)
            for name in names or ("Aurora Coffee",):
                account = Account(
                    business_id=business.id,
                    token_id=token.id,
                    platform=PLATFORMS[provider],
                    external_id=name,
                    name=name,
                    connected_at=NOW - DAY,
                )
                save_account(session, account)
            return token

    return save_one


@pytest.fixture
def sync(database):
    """A run of the business that ended so for every account."""

    def sync_all(error=None, at=NOW):
        run = runs.request_run(database, 1, RunTrigger.MANUAL, now=at)
        with database.transaction() as session:
            for step in session.query(SyncStep).filter_by(run_id=run.id):
                steps.record_step_started(session, step.id, now=at)
            session.expire_all()
            for step in session.query(SyncStep).filter_by(run_id=run.id):
                steps.record_step(session, step.id, StepOutcome(error=error, covered_to=at - DAY), now=at)
            runs.record_finished(session, run.id, RunState.FAILED if error else RunState.SUCCEEDED, now=at)

    return sync_all


@pytest.fixture
def troubles(database):
    def list_now(now=NOW):
        with database.reading() as session:
            return list_grant_troubles(session, now=now)

    return list_now


@pytest.fixture
def watch(database):
    """What is said newly when the watch comes round."""

    def watch_once(now=NOW):
        with database.transaction() as session:
            before = session.query(Notice).count()
            record_grant_notices(session, now=now)
            return [notice.text for notice in session.query(Notice).order_by(Notice.id)][before:]

    return watch_once


def mark_broken(database, reason="LinkedIn no longer accepts this login."):
    with database.transaction() as session:
        tokens.record_broken(session, session.query(Token).one(), reason, now=NOW)


@pytest.mark.parametrize(
    ("provider", "stored", "days_left"),
    [
        (Provider.LINKEDIN, {"ends_in": 14 * DAY}, 14),
        (Provider.LINKEDIN, {"ends_in": 13 * DAY + DAY / 2}, 14),
        (Provider.LINKEDIN, {"ends_in": 14 * DAY + timedelta(seconds=1)}, None),
        (Provider.LINKEDIN, {"ends_in": -DAY}, 0),
        (Provider.LINKEDIN, {"ends_in": DAY, "refresh": b"r", "refresh_ends_in": 200 * DAY}, None),
        (Provider.LINKEDIN, {"ends_in": DAY, "refresh": b"r", "refresh_ends_in": 5 * DAY}, 5),
        (Provider.X, {"ends_in": timedelta(hours=1), "refresh": b"r"}, None),
        (Provider.X, {"ends_in": timedelta(hours=1)}, 1),
        (Provider.META, {"ends_in": 9 * DAY}, None),
        (Provider.META, {"ends_in": 6 * DAY}, 6),
        (Provider.META, {"ends_in": 6 * DAY, "data_ends_in": 80 * DAY}, None),
        (Provider.META, {"ends_in": 55 * DAY, "data_ends_in": 12 * DAY}, 12),
        (Provider.INSTAGRAM, {"ends_in": 8 * DAY}, None),
        (Provider.INSTAGRAM, {"ends_in": 3 * DAY}, 3),
        (Provider.META, {}, None),
    ],
)
def test_a_login_is_a_trouble_when_a_person_has_to_act_within_two_weeks(save, troubles, provider, stored, days_left):
    save(provider, **stored)
    found = troubles()
    assert [trouble.days_left for trouble in found] == ([] if days_left is None else [days_left])
    assert all(not trouble.is_broken for trouble in found)


def test_a_trouble_says_whose_login_it_is_and_what_hangs_on_it(save, troubles):
    save(Provider.LINKEDIN, "Aurora Coffee", "Aurora Tea", ends_in=7 * DAY)
    (trouble,) = troubles()
    assert (trouble.owner_name, trouble.accounts) == ("Maria Muster", ["Aurora Coffee", "Aurora Tea"])
    assert trouble.sentence == (
        "The LinkedIn login of Maria Muster ends on 1 December 2026, in 7 days. "
        "It reads Aurora Coffee and Aurora Tea; sign in again on the Accounts page."
    )


def test_a_broken_login_comes_before_one_that_ends(save, troubles, database):
    save(Provider.LINKEDIN)
    mark_broken(database)
    save(Provider.X, "@aurora", ends_in=DAY)
    assert [(trouble.provider, trouble.is_broken) for trouble in troubles()] == [
        (Provider.LINKEDIN, True),
        (Provider.X, False),
    ]
    assert troubles()[0].reason.endswith("no longer works. LinkedIn no longer accepts this login.")


def test_a_login_that_a_sync_found_revoked_is_broken_although_its_grant_looks_well(save, sync, troubles):
    save(Provider.META, data_ends_in=80 * DAY)
    sync(ReconnectNeededError("Facebook no longer accepts this login: connect the account again."))
    (trouble,) = troubles()
    assert trouble.is_broken
    assert "Facebook no longer accepts" in trouble.reason


def test_one_account_that_its_login_no_longer_reads_is_no_trouble_of_the_others(save, sync, troubles, watch, database):
    save(Provider.META, "Aurora Coffee", "Aurora Tea")
    sync()
    with database.transaction() as session:
        refused = session.query(SyncStep).filter_by(account_id=2).one()
        refused.state, refused.remedy, refused.error = StepState.FAILED, "reconnect", "The role on the page is gone."
    (trouble,) = troubles()
    assert (trouble.account_id, trouble.accounts) == (2, ["Aurora Tea"])
    assert trouble.sentence == (
        "The Facebook login of Maria Muster no longer reads Aurora Tea. The role on the page is gone. "
        "Sign in again on the Accounts page."
    )
    assert watch() == [trouble.sentence]
    sync(ReconnectNeededError("The password was changed."), at=NOW + timedelta(hours=1))
    (said,) = watch(NOW + timedelta(hours=1))
    assert "no longer works. The password was changed. It reads Aurora Coffee and Aurora Tea" in said


def test_a_login_that_ends_is_told_beside_the_one_account_that_it_no_longer_reads(save, sync, troubles, database):
    save(Provider.LINKEDIN, "Aurora Coffee", "Aurora Tea", ends_in=5 * DAY)
    sync()
    with database.transaction() as session:
        session.query(SyncStep).filter_by(account_id=2).one().remedy = "reconnect"
    broken, ending = troubles()
    assert (broken.is_partial, broken.accounts) == (True, ["Aurora Tea"])
    assert (ending.is_broken, ending.days_left, ending.accounts) == (False, 5, ["Aurora Coffee", "Aurora Tea"])


def test_a_new_sign_in_ends_the_trouble_before_the_next_sync(save, sync, troubles, database):
    save(Provider.META)
    sync(ReconnectNeededError("gone"), at=NOW - DAY / 2)
    assert troubles()
    with database.transaction() as session:
        grant = EncryptedGrant(b"new", None, None, None, "")
        tokens.save_token(session, Provider.META, GrantOwner("owner-meta"), grant, now=NOW)
    assert troubles() == []


def test_a_passing_fault_is_no_trouble_of_the_login(save, sync, troubles):
    save(Provider.META)
    sync(TransientError("503"))
    assert troubles() == []


def test_logins_of_disconnected_accounts_and_archived_businesses_trouble_nobody(save, troubles, database):
    save(Provider.LINKEDIN, ends_in=DAY)
    with database.transaction() as session:
        archive_business(session, 1, now=NOW)
    assert troubles() == []


def test_each_threshold_is_said_once(save, watch):
    save(Provider.LINKEDIN, ends_in=15 * DAY)
    said = []
    for hours in range(16 * 24):
        said += watch(NOW + timedelta(hours=hours))
    assert [text.split(", in ")[1].split(".")[0] for text in said] == ["14 days", "7 days", "1 day"]


def test_a_login_that_is_met_late_is_not_announced_for_days_that_are_over(save, watch):
    save(Provider.LINKEDIN, ends_in=5 * DAY)
    assert len(watch()) == 1
    assert watch() == []


def test_a_broken_login_is_said_at_once_and_once(save, watch, database):
    save(Provider.LINKEDIN)
    mark_broken(database)
    with database.reading() as session:
        (notice,) = session.query(Notice)
    assert "The LinkedIn login of Maria Muster no longer works." in notice.text
    assert (notice.kind, notice.token_id, notice.account_id) == ("login", 1, 1)
    mark_broken(database)
    assert watch() == watch(NOW + DAY) == []
    with database.reading() as session:
        (told,) = list_activities(session)
    assert (told.kind, told.person) == ("login_broken", None)
    assert told.text.startswith("The LinkedIn login of Maria Muster no longer works. ")


def test_two_processes_that_say_the_same_at_once_say_it_once(save, watch, database, mocker):
    """PostgreSQL lets both look before either has written: neither may lose what else its transaction holds."""
    save(Provider.LINKEDIN, ends_in=5 * DAY)
    assert len(watch()) == 1
    with database.transaction() as session:
        mocker.patch.object(session, "scalar", return_value=None)
        session.query(Account).one().name = "Renamed"
        assert record_grant_notices(session, now=NOW) == 0
    with database.reading() as session:
        assert session.query(Notice).count() == 1
        assert session.query(Account).one().name == "Renamed"


def test_a_login_whose_time_is_over_has_ended_also_before_a_sync_has_met_that(save, troubles):
    save(Provider.LINKEDIN, ends_in=timedelta(seconds=1))
    assert not troubles()[0].has_ended
    assert troubles(NOW + timedelta(seconds=1))[0].has_ended


def test_the_day_is_told_in_the_zone_of_the_business(save, troubles, database):
    """As on the Accounts page: half past nine in the morning here is the day before in Honolulu."""
    save(Provider.LINKEDIN, ends_in=7 * DAY)
    with database.transaction() as session:
        session.query(Business).one().timezone = "Pacific/Honolulu"
    assert "ends on 30 November 2026, in 7 days" in troubles()[0].reason


def test_a_revoked_login_is_said_once_however_often_its_syncs_fail(save, sync, watch):
    save(Provider.META)
    sync(ReconnectNeededError("gone"))
    assert len(watch()) == 1
    sync(ReconnectNeededError("gone"), at=NOW + timedelta(hours=1))
    assert watch() == []


def test_a_login_that_breaks_again_after_a_repair_is_said_again(save, watch, database):
    save(Provider.LINKEDIN)
    mark_broken(database)
    with database.transaction() as session:
        grant = EncryptedGrant(b"new", None, None, None, "")
        tokens.save_token(session, Provider.LINKEDIN, GrantOwner("owner-linkedin"), grant, now=NOW)
    mark_broken(database)
    with database.reading() as session:
        assert session.query(Notice).count() == 2


def rows(database, now=NOW, **which):
    with database.reading() as session:
        return list_account_rows(session, now=now, **which)


def test_a_row_tells_the_login_and_what_it_may_do(save, database):
    save(Provider.LINKEDIN, ends_in=30 * DAY, scopes="rw_organization_admin")
    (row,) = rows(database)
    assert (row.business, row.provider, row.owner_name) == ("Aurora", Provider.LINKEDIN, "Maria Muster")
    assert (row.granted, row.missing) == (("rw_organization_admin",), ("r_organization_social",))
    assert (row.ends_at, row.renews_itself) == (NOW + 30 * DAY, False)


def test_a_provider_that_does_not_tell_its_scopes_misses_none(save, database):
    save(Provider.X, refresh=b"r", ends_in=timedelta(hours=1))
    (row,) = rows(database)
    assert (row.missing, row.ends_at, row.renews_itself) == ((), None, True)


def test_a_row_keeps_the_last_good_sync_beside_the_last_error(save, sync, database):
    save(Provider.META)
    sync(at=NOW)
    sync(TransientError("Facebook does not answer."), at=NOW + timedelta(hours=1))
    (row,) = rows(database)
    assert (row.last_synced_at, row.covered_to) == (NOW, NOW - DAY)
    assert (row.error, row.remedy) == ("Facebook does not answer.", "retry")
    sync(at=NOW + timedelta(hours=2))
    assert rows(database)[0].error is None


def test_a_row_forgets_the_lost_login_once_there_is_a_new_one(save, sync, database):
    save(Provider.META)
    sync(ReconnectNeededError("gone"), at=NOW - DAY / 2)
    assert rows(database)[0].remedy == "reconnect"
    with database.transaction() as session:
        grant = EncryptedGrant(b"new", None, None, None, "")
        tokens.save_token(session, Provider.META, GrantOwner("owner-meta"), grant, now=NOW)
    assert rows(database)[0].error is None


def test_a_step_under_way_hides_nothing(save, sync, database):
    save(Provider.META)
    sync(at=NOW)
    run = runs.request_run(database, 1, RunTrigger.MANUAL, now=NOW + DAY)
    with database.transaction() as session:
        steps.record_step_started(session, session.query(SyncStep).filter_by(run_id=run.id).one().id, now=NOW + DAY)
    with database.reading() as session:
        assert session.query(SyncStep).filter_by(run_id=run.id).one().state is StepState.RUNNING
    assert rows(database)[0].last_synced_at == NOW


def test_a_disconnected_account_is_listed_and_one_of_an_archived_business_only_there(save, database):
    save(Provider.META, "Page")
    with database.transaction() as session:
        account = session.query(Account).one()
        account.token_id, account.disconnected_at = None, NOW
    (row,) = rows(database)
    assert (row.disconnected_at, row.provider, row.owner_name) == (NOW, Provider.META, "")
    with database.transaction() as session:
        archive_business(session, 1, now=NOW)
    assert rows(database) == []
    assert len(rows(database, business_id=1)) == 1
