"""Chores: each comes round at its own pace, never twice at once, and one that fails hinders none."""

import threading
from datetime import timedelta

import pytest

from core.chores import Chore, Chores

pytestmark = pytest.mark.unit

MINUTE = timedelta(minutes=1)


def settle(chores):
    for future in chores.at_work:
        future.result(5)


def test_each_comes_round_at_its_own_pace(clock):
    done = []
    chores = Chores(
        clock,
        [Chore("often", MINUTE, lambda: done.append("often")), Chore("rare", 3 * MINUTE, lambda: done.append("rare"))],
    )
    for _ in range(6):
        chores.begin_due()
        settle(chores)
        clock.advance(MINUTE)
    assert (done.count("often"), done.count("rare")) == (6, 2)
    chores.close()


def test_one_that_takes_long_is_not_begun_again_and_holds_up_no_other(clock):
    begun, may_end, other = [], threading.Event(), threading.Event()

    def slow():
        begun.append(1)
        assert may_end.wait(5)

    chores = Chores(clock, [Chore("slow", MINUTE, slow), Chore("other", MINUTE, other.set)])
    chores.begin_due()
    clock.advance(MINUTE)
    chores.begin_due()
    assert other.wait(5)
    may_end.set()
    settle(chores)
    assert len(begun) == 1
    chores.close()


def test_one_that_fails_says_so_until_it_succeeds(clock):
    failing = [True]

    def work():
        if failing[0]:
            raise ZeroDivisionError

    chores = Chores(clock, [Chore("refresh_tokens", MINUTE, work)])
    chores.begin_due()
    settle(chores)
    assert chores.last_error == "refresh_tokens failed at 2026-11-24 09:30 UTC: ZeroDivisionError"
    failing[0] = False
    clock.advance(MINUTE)
    chores.begin_due()
    settle(chores)
    assert chores.last_error is None
    chores.close()


def test_a_clock_that_is_set_back_stops_no_chore(clock):
    done = []
    chores = Chores(clock, [Chore("often", MINUTE, lambda: done.append(1))])
    chores.begin_due()
    settle(chores)
    clock.advance(-timedelta(days=1))
    chores.begin_due()
    settle(chores)
    assert len(done) == 2
    chores.close()
