"""LinkedIn's dialect: headers, Rest.li encoding, posts and statistics."""

import pytest

from core.domain import Platform

pytestmark = pytest.mark.unit


@pytest.fixture
def page(account_of):
    return account_of("linkedin")


@pytest.fixture
def urn(page):
    return f"urn%3Ali%3Aorganization%3A{page.external_id}"


@pytest.fixture
def statistics(linkedin, urn):
    path = "/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity="
    return lambda rest: linkedin.get(f"{path}{urn}&{rest}")


def _intervals(start, end):
    return f"timeIntervals=(timeRange:(start:{start},end:{end}),timeGranularityType:DAY)"


def test_the_member_sees_the_page_and_its_followers(linkedin, page, urn, clock):
    roles = linkedin.get("/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED&start=0&count=100").json()
    assert [role["organization"] for role in roles["elements"]] == [f"urn:li:organization:{page.external_id}"]
    named = linkedin.get(f"/organizations?ids=List({page.external_id},999)").json()
    assert named["results"][page.external_id]["localizedName"] == page.name
    assert named["errors"]["999"]["code"] == "ACCESS_DENIED"
    size = linkedin.get(f"/networkSizes/{urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER").json()
    assert size == {"firstDegreeSize": page.followers(clock.now())}


def test_a_missing_version_header_is_refused(linkedin):
    answer = linkedin.get("/organizationAcls?q=roleAssignee", **{"LinkedIn-Version": ""})
    assert (answer.status_code, answer.json()["code"]) == (400, "VERSION_MISSING")


@pytest.mark.parametrize("version", ["202511", "202500", "soon"])
def test_a_version_past_its_sunset_or_unknown_is_refused(linkedin, version):
    answer = linkedin.get("/organizationAcls?q=roleAssignee", **{"LinkedIn-Version": version})
    assert (answer.status_code, answer.json()["code"]) == (426, "NONEXISTENT_VERSION")


def test_a_version_dies_when_the_clock_passes_its_sunset(linkedin, sign_in, login, clock, browser):
    last_day, next_day = (
        clock.now().replace(year=2027, month=9, day=14),
        clock.now().replace(year=2027, month=9, day=15),
    )
    clock.move_to(last_day)
    linkedin.token = sign_in.linkedin(login.name).json()["access_token"]
    assert linkedin.get("/organizationAcls?q=roleAssignee").status_code == 200
    clock.move_to(next_day)
    assert linkedin.get("/organizationAcls?q=roleAssignee").status_code == 426


def test_the_protocol_header_is_demanded(linkedin):
    assert linkedin.get("/organizationAcls?q=roleAssignee", **{"X-Restli-Protocol-Version": ""}).status_code == 400


@pytest.mark.parametrize(
    "query",
    ["ids=List%281%2C2%29", "ids[0]=1", "ids=1,2", "ids=List(urn:li:organization:1)", "ids=List(1)&shape=round"],
)
def test_lists_in_any_other_form_are_refused(linkedin, query):
    answer = linkedin.get(f"/organizations?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "QUERY_PARAM_NOT_ALLOWED")


def test_an_urn_that_is_not_encoded_is_refused(linkedin, page):
    answer = linkedin.get(f"/networkSizes/urn:li:organization:{page.external_id}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")
    assert answer.json()["code"] == "QUERY_PARAM_NOT_ALLOWED"


def test_posts_come_newest_first_and_every_page_once(linkedin, page, urn, clock):
    seen, start = [], 0
    while True:
        answer = linkedin.get(f"/posts?q=author&author={urn}&start={start}&count=70&sortBy=CREATED").json()
        seen += [post["id"] for post in answer["elements"]]
        if not any(link["rel"] == "next" for link in answer["paging"]["links"]):
            break
        start += 70
    assert seen == [post.post_id for post in reversed(page.posts(clock.now()))]
    assert len(seen) > 140


def test_more_than_a_hundred_posts_a_page_are_refused(linkedin, urn):
    assert linkedin.get(f"/posts?q=author&author={urn}&count=101").status_code == 400


def test_commentary_is_escaped_and_marks_hashtags(linkedin, urn):
    posts = linkedin.get(f"/posts?q=author&author={urn}&count=100").json()["elements"]
    texts = [post["commentary"] for post in posts]
    assert all("{hashtag|\\#|" in text for text in texts)
    assert any("\\> more" in text for text in texts)


def test_known_posts_are_looked_up_and_gone_ones_are_named(linkedin, page, clock, encoded):
    post = page.posts(clock.now())[-1].post_id
    answer = linkedin.get(f"/posts?ids=List({encoded(post)},{encoded('urn:li:share:7')})").json()
    assert list(answer["results"]) == [post]
    assert answer["errors"]["urn:li:share:7"]["status"] == 404


def test_statistics_per_post_are_its_counters(statistics, page, clock, encoded):
    posts = {post.post_id: post for post in page.posts(clock.now())[-30:-10]}
    shares = ",".join(encoded(urn) for urn in posts if ":share:" in urn)
    ugc = ",".join(encoded(urn) for urn in posts if ":ugcPost:" in urn)
    answer = statistics(f"shares=List({shares})&ugcPosts=List({ugc})").json()
    assert len(answer["elements"]) == len(posts)
    for element in answer["elements"]:
        counters = posts[element.get("share") or element["ugcPost"]].counters(clock.now())
        counts = element["totalShareStatistics"]
        assert (counts["impressionCount"], counts["uniqueImpressionsCount"]) == (counters.impressions, counters.reach)
        acted = counters.clicks + counters.likes + counters.comments + counters.shares
        assert counts["engagement"] == pytest.approx(acted / counters.impressions)


def test_a_post_without_activity_is_omitted(statistics, page, clock, encoded):
    newest = next(post for post in page.posts(clock.now()) if ":share:" in post.post_id)
    clock.move_to(newest.published_at)
    answer = statistics(f"shares=List({encoded(newest.post_id)})")
    assert (answer.status_code, answer.json()["elements"]) == (200, [])


def test_a_post_older_than_a_year_has_no_statistics(statistics, page, clock, encoded):
    old = next(post for post in page.posts(clock.now()) if ":share:" in post.post_id)
    assert (clock.now() - old.published_at).days > 365
    assert statistics(f"shares=List({encoded(old.post_id)})").json()["elements"] == []


def test_a_foreign_or_miscast_post_fails_the_batch_and_is_named(statistics, page, clock, encoded):
    posts = page.posts(clock.now())
    share = next(post.post_id for post in posts if ":share:" in post.post_id)
    ugc = next(post.post_id for post in posts if ":ugcPost:" in post.post_id)
    for second in ("urn:li:share:7", ugc):
        answer = statistics(f"shares=List({encoded(share)},{encoded(second)})")
        assert answer.status_code == 403
        assert "[/shares[1]]" in answer.json()["message"]


def test_days_are_utc_days_with_the_page_numbers(statistics, page, clock, midnight_ms):
    elements = statistics(_intervals(midnight_ms(-3), midnight_ms(0))).json()["elements"]
    assert [each["timeRange"]["start"] for each in elements] == [midnight_ms(day) for day in (-3, -2, -1)]
    first = clock.now().date().replace(day=21)
    days = page.days(first, first.replace(day=23), clock.now())
    assert [each["totalShareStatistics"]["impressionCount"] for each in elements] == [day.impressions for day in days]


@pytest.mark.parametrize(("start", "end"), [(1, 0), (0, 3_600_000), (0, 0)])
def test_an_unaligned_or_empty_interval_is_refused(statistics, midnight_ms, start, end):
    answer = statistics(_intervals(midnight_ms(-2) + start, midnight_ms(-2) + end))
    assert (answer.status_code, answer.json()["code"]) == (400, "ILLEGAL_ARGUMENT")
    assert "Invalid timeIntervals parameter" in answer.json()["message"]


def test_an_encoded_interval_is_refused(statistics, midnight_ms):
    raw = _intervals(midnight_ms(-2), midnight_ms(-1))
    answer = statistics(raw.replace("(", "%28").replace(")", "%29"))
    assert answer.json()["code"] == "QUERY_PARAM_NOT_ALLOWED"


def test_follower_gains_end_two_days_ago(linkedin, urn, midnight_ms):
    path = "/organizationalEntityFollowerStatistics?q=organizationalEntity&organizationalEntity="
    elements = linkedin.get(f"{path}{urn}&{_intervals(midnight_ms(-5), midnight_ms(1))}").json()["elements"]
    assert [each["timeRange"]["start"] for each in elements] == [midnight_ms(day) for day in (-5, -4, -3, -2)]


def test_page_views_come_per_day(linkedin, page, urn, clock, midnight_ms):
    path = f"/organizationPageStatistics?q=organization&organization={urn}&"
    element = linkedin.get(path + _intervals(midnight_ms(-1), midnight_ms(0))).json()["elements"][0]
    yesterday = clock.now().date().replace(day=23)
    views = element["totalPageStatistics"]["views"]["allPageViews"]["pageViews"]
    assert views == page.days(yesterday, yesterday, clock.now())[0].profile_views > 0


def test_video_views_are_given_for_young_videos_only(linkedin, page, clock, encoded):
    videos = [post for post in page.posts(clock.now()) if post.kind == "video"]
    asked = "/videoAnalytics?q=entity&type=VIDEO_VIEW&entity="
    young = linkedin.get(asked + encoded(videos[-1].post_id)).json()["elements"]
    assert young[0]["value"] == videos[-1].counters(clock.now()).video_views
    assert linkedin.get(asked + encoded(videos[0].post_id)).json()["elements"] == []


def test_a_foreign_page_is_denied(linkedin, other_login):
    foreign = other_login.list_accounts(Platform.LINKEDIN)[0].external_id
    answer = linkedin.get(f"/posts?q=author&author=urn%3Ali%3Aorganization%3A{foreign}")
    assert (answer.status_code, answer.json()["code"]) == (403, "ACCESS_DENIED")
