"""How does each platform behave in the sandbox? Rates and curves of its posts, in plausible sizes."""

from dataclasses import dataclass
from math import exp

from core.domain import Platform, PostKind, PostSnapshot
from core.sandbox.chance import Chance


@dataclass(frozen=True, slots=True)
class Traits:
    """A platform's habits: audience and volume against the brand's, what is posted, what a view leads to."""

    audience: float
    volume: float
    kinds: dict[PostKind, float]
    shown_per_follower: float
    settles_in_h: float
    like_share: float
    click_share: float | None = None
    gives_reach: bool = True
    gives_saves: bool = False
    gives_video_views: bool = True
    clicks_need_link: bool = False


TRAITS = {
    Platform.LINKEDIN: Traits(
        audience=0.7, volume=0.75, shown_per_follower=0.14, settles_in_h=40, like_share=0.024, click_share=0.02,
        kinds={PostKind.TEXT: 2, PostKind.IMAGE: 4, PostKind.VIDEO: 2, PostKind.CAROUSEL: 1, PostKind.LINK: 2},
    ),
    Platform.X: Traits(
        audience=0.9, volume=1.25, shown_per_follower=0.07, settles_in_h=9, like_share=0.013, click_share=0.011,
        gives_reach=False, gives_saves=True, clicks_need_link=True,
        kinds={PostKind.TEXT: 4, PostKind.IMAGE: 3, PostKind.VIDEO: 2, PostKind.LINK: 2},
    ),
    Platform.FACEBOOK: Traits(
        audience=1.6, volume=1.0, shown_per_follower=0.06, settles_in_h=22, like_share=0.018, click_share=0.03,
        kinds={PostKind.TEXT: 1, PostKind.IMAGE: 4, PostKind.VIDEO: 2, PostKind.CAROUSEL: 1, PostKind.LINK: 2},
    ),
    Platform.INSTAGRAM: Traits(
        audience=1.3, volume=0.95, shown_per_follower=0.2, settles_in_h=28, like_share=0.046, gives_saves=True,
        kinds={PostKind.IMAGE: 4, PostKind.CAROUSEL: 2, PostKind.REEL: 3},
    ),
}  # fmt: skip

_KIND_EFFECT = {
    PostKind.TEXT: 0.8,
    PostKind.LINK: 0.65,
    PostKind.VIDEO: 1.3,
    PostKind.REEL: 1.7,
    PostKind.CAROUSEL: 1.2,
}
_WEEKDAY_EFFECT = (1.0, 1.12, 1.15, 1.08, 0.95, 0.78, 0.82)
_MOVING = (PostKind.VIDEO, PostKind.REEL)


def hour_effect(hour: int) -> float:
    """Noon and the early evening are seen most."""
    return 0.75 + 0.3 * exp(-(((hour - 12) / 3.0) ** 2)) + 0.4 * exp(-(((hour - 19) / 2.0) ** 2))


def shown(traits: Traits, kind: PostKind, *, followers: int, weekday: int, hour: int, chance: Chance) -> float:
    """How often a post will have been shown once it has settled."""
    often = followers * traits.shown_per_follower * _KIND_EFFECT.get(kind, 1.0)
    viral = 4.0 if chance.unit() < 0.02 else 1.0
    return often * _WEEKDAY_EFFECT[weekday] * hour_effect(hour) * exp(0.8 * chance.bell()) * viral


def settled(post_id: str, traits: Traits, kind: PostKind, impressions: float, chance: Chance) -> PostSnapshot:
    """The counters a post will end with; None where the platform does not give them."""
    likes = impressions * traits.like_share * exp(0.6 * chance.bell())
    reach, comments, shares = chance.between(0.62, 0.85), chance.between(0.03, 0.13), chance.between(0.03, 0.18)
    saves, clicks, plays = chance.between(0.05, 0.3), chance.between(0.5, 1.6), chance.between(0.3, 0.55)
    has_clicks = traits.click_share is not None and (kind is PostKind.LINK or not traits.clicks_need_link)
    return PostSnapshot(
        post_id,
        impressions=round(impressions),
        reach=round(impressions * reach) if traits.gives_reach else None,
        likes=round(likes),
        comments=round(likes * comments),
        shares=round(likes * shares),
        saves=round(likes * saves) if traits.gives_saves else None,
        clicks=round(impressions * (traits.click_share or 0) * clicks) if has_clicks else None,
        video_views=round(impressions * plays) if traits.gives_video_views and kind in _MOVING else None,
    )
