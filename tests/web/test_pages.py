"""The page outside of the dashboard: one sentence, one link, and nothing that runs."""

import base64
import hashlib
import re
from http import HTTPStatus

import pytest

from core.web.pages import TO_ACCOUNTS, WayOn, sentence_page

pytestmark = pytest.mark.unit


def body(page):
    return page.body.decode()


def test_it_says_the_sentence_and_the_way_on():
    page = sentence_page("It took too long.", HTTPStatus.GONE)
    assert page.status_code == 410
    assert '<p role="alert">It took too long.</p>' in body(page)
    assert f'<a href="{TO_ACCOUNTS.path}">{TO_ACCOUNTS.label}</a>' in body(page)


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "<svg onload=alert(1)>", "<img src=x onerror=alert(1)>", '"><a href="javascript:x">'],
)
def test_what_others_wrote_stays_text(hostile):
    page = body(sentence_page(f"The login of {hostile}.", HTTPStatus.CONFLICT, way_on=WayOn(hostile, "/accounts")))
    assert hostile not in page
    assert len(re.findall("<(script|svg|img)", page)) == 0
    assert page.count("<a ") == 1


def test_nothing_runs_is_loaded_or_kept():
    headers = sentence_page("x", HTTPStatus.OK).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_the_address_with_the_code_is_passed_on_to_nobody():
    assert sentence_page("x", HTTPStatus.OK).headers["referrer-policy"] == "no-referrer"


def test_its_policy_knows_its_style():
    page = sentence_page("x", HTTPStatus.OK)
    style = re.search(r"<style>(.*?)</style>", body(page), re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["content-security-policy"]
