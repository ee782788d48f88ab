"""Every fault of the catalog: where it fires, whom it meets, how often, and that it leaves the others alone."""

import pytest

from core.domain import Platform
from core.sandbox.faults.catalog import FAULTS
from tests.sandbox.fault_cases import CASES, DIFFERS

pytestmark = pytest.mark.unit

EVERY = [(name, case) for name, cases in CASES.items() for case in cases]
NAMES = [f"{name}-{case.platform.value}-{place}" for place, (name, case) in enumerate(EVERY)]


@pytest.fixture
def rule_of(visitor):
    def rule(name, case, **more):
        account = f"{case.platform.value}/{visitor.account(case.platform).external_id}"
        return {"account": account, "fault": name, **case.arguments, **more}

    return rule


def told(case, healthy, answer):
    """Whether the answer shows the fault; None where an answer cannot show it."""
    if case.is_odd is DIFFERS:
        return answer.content != healthy.content
    return case.is_odd(answer) if case.is_odd else None


def counts(browser):
    rule = browser.get("/_sandbox/faults").json()[0]
    return rule["matched"], rule["fired"]


@pytest.mark.parametrize(("name", "case"), EVERY, ids=NAMES)
def test_a_fault_fires_is_counted_and_stops(browser, set_faults, rule_of, visitor, name, case):
    healthy = case.ask(visitor)
    set_faults(rule_of(name, case, times=1))
    first, fired = case.ask(visitor), counts(browser)
    second = case.ask(visitor)
    assert [told(case, healthy, answer) for answer in (healthy, first, second)] in ([False, True, False], [None] * 3)
    assert fired == (1, 1)
    assert counts(browser)[1] == 1


@pytest.mark.parametrize(("name", "case"), EVERY, ids=NAMES)
def test_a_fault_meets_only_its_account(browser, set_faults, rule_of, visitor, other, name, case):
    healthy, others = case.ask(visitor), case.ask(other)
    set_faults(rule_of(name, case, times=None))
    assert told(case, others, case.ask(other)) in (False, None)
    assert counts(browser) == (0, 0)
    assert told(case, healthy, case.ask(visitor)) in (True, None)
    assert counts(browser)[1] >= 1


@pytest.mark.parametrize(("name", "case"), EVERY, ids=NAMES)
def test_a_fault_can_begin_later(browser, set_faults, rule_of, visitor, name, case):
    healthy = case.ask(visitor)
    set_faults(rule_of(name, case, times=1, after=1))
    answers = [case.ask(visitor) for _ in range(3)]
    assert [told(case, healthy, answer) for answer in answers] in ([False, True, False], [None] * 3)
    assert counts(browser)[1] == 1


def test_every_fault_has_a_case_on_each_of_its_platforms():
    without = {
        (name, platform.value)
        for name, kind in FAULTS.items()
        for platform in kind.platforms - {case.platform for case in CASES.get(name, ())}
    }
    assert without - {("no_pages", "instagram"), ("declined_permission", "facebook")} == set()


def test_the_catalog_lists_every_fault(browser):
    listed = {entry["name"]: entry for entry in browser.get("/_sandbox/faults/catalog").json()}
    assert listed.keys() == FAULTS.keys() == CASES.keys()
    for entry in listed.values():
        assert entry["what"].endswith(".")
        assert entry["platforms"]
        assert set(entry["platforms"]) <= set(Platform)
    assert listed["throttled"]["parameters"]["code"] == [4, 17, 32, 613, 80001, 80002]
    assert listed["slow"]["endpoints"] == "everywhere"
    assert listed["unauthorized_once"]["times"] == 1
