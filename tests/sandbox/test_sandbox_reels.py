"""Facebook's list of reels and Instagram's stories: what is told twice, and what is gone tomorrow."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from core.domain import Platform, PostKind
from core.sandbox.changes import ChangingAccount
from core.sandbox.world import WorldPost

pytestmark = pytest.mark.unit

FIELDS = "id,post_id,description,created_time,permalink_url,picture,reactions.limit(0).summary(total_count)"


@pytest.fixture
def page(account_of):
    return account_of("facebook")


@pytest.fixture
def videos(visitor):
    return visitor.posts(Platform.FACEBOOK, PostKind.VIDEO, PostKind.REEL)


def test_every_reel_is_among_the_posts_too(visitor, page, videos):
    listed = visitor.graph(f"/{page.external_id}/video_reels?fields={FIELDS}&limit=100").json()["data"]
    assert [reel["post_id"] for reel in listed] == [post.post_id for post in videos[:100]]
    first = listed[0]
    assert first["id"] == videos[0].post_id.rpartition("_")[2]
    assert first["permalink_url"] == f"/reel/{first['id']}/"
    assert first["reactions"]["summary"]["total_count"] == videos[0].counters(visitor.clock.now()).likes


def test_reels_are_listed_for_a_span(visitor, page, videos):
    since = int(videos[2].published_at.timestamp())
    listed = visitor.graph(f"/{page.external_id}/video_reels?fields=id&limit=100&since={since}").json()["data"]
    assert len(listed) == 3


def test_a_video_has_insights_of_its_own_and_no_others(visitor, videos):
    number = videos[3].post_id.rpartition("_")[2]
    views = videos[3].counters(visitor.clock.now()).video_views
    own = visitor.graph(f"/{number}/video_insights?metric=total_video_views").json()["data"][0]["values"]
    assert own == [{"value": views}]
    batch = visitor.graph(f"/?ids={number}&fields=id,video_insights.metric(total_video_views)").json()
    assert batch[number]["video_insights"]["data"][0]["values"] == own
    refused = visitor.graph(f"/?ids={number}&fields=id,insights.metric(post_media_view)").json()
    assert "nonexisting field (insights)" in refused["error"]["message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(WorldPost):
    original: WorldPost

    def counters(self, now):
        return self.original.counters(now)


class WithStory(ChangingAccount):
    """An Instagram account whose newest post is a story."""

    def posts(self, now):
        *older, newest = super().posts(now)
        return [*older, self._told(newest)]

    def find_post(self, post_id, now):
        newest = super().posts(now)[-1]
        return self._told(newest) if post_id == newest.post_id else super().find_post(post_id, now)

    def _told(self, post):
        return Story(
            post_id=post.post_id, kind=PostKind.STORY, published_at=post.published_at, text=None, original=post
        )


@pytest.fixture
def story(world, login, clock, new_browser, sign_in_at):
    """The story's id, and a way to ask while its account tells of it."""
    account = WithStory(login.list_accounts(Platform.INSTAGRAM)[0])
    others = tuple(each for each in login.accounts if each.platform is not Platform.INSTAGRAM)
    browser = new_browser(replace(world, logins=(replace(login, accounts=(*others, account)),)), clock)
    clock.move_to(account.posts(clock.now())[-1].published_at + timedelta(hours=2))
    newest = account.posts(clock.now())[-1].post_id
    token = sign_in_at(browser).meta_long(login.name)

    def ask(edge):
        return browser.get(f"/meta/v25.0/{account.external_id}/{edge}", token=token).json()

    return newest, ask, lambda path: browser.get(f"/meta/v25.0{path}", token=token)


def test_a_story_is_listed_for_a_day_and_never_among_the_media(story, clock):
    newest, ask, _ = story
    (listed,) = ask("stories?fields=id,media_product_type")["data"]
    assert listed == {"id": newest, "media_product_type": "STORY"}
    assert newest not in [medium["id"] for medium in ask("media?fields=id&limit=100")["data"]]
    clock.advance(timedelta(hours=22))
    assert ask("stories?fields=id") == {"data": []}


def test_a_story_has_the_insights_of_a_story(story):
    newest, _, get = story
    told = get(f"/{newest}/insights?metric=views,reach,shares").json()["data"]
    assert [insight["name"] for insight in told] == ["views", "reach", "shares"]
    assert (
        "does not support the saved metric" in get(f"/{newest}/insights?metric=views,saved").json()["error"]["message"]
    )


def test_an_account_without_stories_has_an_empty_list(visitor):
    account = visitor.account(Platform.INSTAGRAM)
    assert visitor.graph(f"/{account.external_id}/stories?fields=id").json() == {"data": []}
