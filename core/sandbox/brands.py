"""Who lives in the sandbox? Invented brands, and what they write about."""

from dataclasses import dataclass, replace

from core.domain import Platform, PostKind
from core.sandbox.chance import Chance


@dataclass(frozen=True, slots=True)
class Brand:
    """An invented business: how large, how busy, and its subjects."""

    slug: str
    name: str
    timezone: str
    followers: int
    posts_per_week: float
    yearly_growth: float
    subjects: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def site(self) -> str:
        return f"https://{self.slug}.example"


BRANDS = (
    Brand("harborlight-coffee", "Harborlight Coffee", "Europe/Berlin", 12_400, 5.0, 0.18,
          ("our new single origin from Huila", "the cupping table", "a slower morning", "our oat flat white",
           "roasting in small batches", "the barista class on Saturday"),
          ("coffee", "specialtycoffee", "roastery", "slowmorning", "latteart")),
    Brand("northpeak-outdoor", "Northpeak Outdoor", "America/New_York", 38_000, 7.5, 0.26,
          ("the autumn trail guide", "repairing instead of replacing", "a night above the tree line",
           "our lightest pack so far", "the ridge run", "waterproof zips & seams"),
          ("hiking", "outdoors", "trailrunning", "gearcare", "getoutside")),
    Brand("willowbrook-clinic", "Willowbrook Clinic", "Europe/Dublin", 6_800, 3.4, 0.09,
          ("flu season", "sleep and screen time", "our walk-in hours", "ten years of physiotherapy",
           "back pain at the desk", "the new children's practice"),
          ("health", "wellbeing", "physio", "prevention", "goodsleep")),
    Brand("lumen-and-loom", "Lumen & Loom", "Asia/Singapore", 21_500, 6.2, 0.31,
          ("linen in ochre", "the lamp that started it all", "small rooms, warm light", "our weavers in Ipoh",
           "the winter collection", "how to care for wool"),
          ("interiors", "homedecor", "slowliving", "textiles", "lighting")),
    Brand("saltmarsh-kitchen", "Saltmarsh Kitchen", "Europe/London", 15_900, 8.0, 0.22,
          ("the Sunday table", "pickled samphire", "our bread after 36 hours", "a menu under £20",
           "what the boats brought in", "pears, hazelnuts & brown butter"),
          ("foodie", "seasonal", "localproduce", "sundayroast", "bakery")),
    Brand("cobalt-cycles", "Cobalt Cycles", "Europe/Amsterdam", 27_300, 6.6, 0.15,
          ("the commuter test", "steel frames", "our winter service week", "riding home in the rain",
           "the cargo bike with two seats", "true wheels"),
          ("cycling", "bikelife", "commute", "cargobike", "madetolast")),
    Brand("fernway-gardens", "Fernway Gardens", "America/Chicago", 9_700, 4.4, 0.12,
          ("bulbs to plant now", "shade that flowers", "a pond in a weekend", "compost without smell",
           "our seed swap", "pruning roses"),
          ("gardening", "plants", "wildlife", "growyourown", "allotment")),
    Brand("tessera-architects", "Tessera Architects", "Europe/Paris", 18_200, 3.0, 0.11,
          ("the timber school", "light from the north", "a house on six metres", "rebuilding the mill",
           "our open studio", "acoustics & brick"),
          ("architecture", "timber", "design", "reuse", "urbanism")),
    Brand("brightwater-swim", "Brightwater Swim School", "Australia/Sydney", 7_900, 5.6, 0.2,
          ("first strokes", "the holiday course", "swimming at sixty", "goggles that fit", "water safety day",
           "the relay team"),
          ("swimming", "watersafety", "kids", "swimschool", "fitness")),
    Brand("juniper-press", "Juniper Press", "America/Los_Angeles", 31_600, 6.9, 0.28,
          ("a debut in translation", "the cover that nearly was not", "our reading night", "proofs & pencils",
           "the paperback of the year", "letters to an editor"),
          ("books", "reading", "indiepress", "fiction", "bookcovers")),
    Brand("meridian-robotics", "Meridian Robotics", "Asia/Tokyo", 44_000, 4.8, 0.35,
          ("a gripper for glass", "safety > speed", "our open data set", "the night shift robot",
           "apprentices of the year", "sensors & soil"),
          ("robotics", "automation", "engineering", "opendata", "futureofwork")),
    Brand("oakandember", "Oak & Ember Furniture", "Europe/Copenhagen", 24_800, 5.2, -0.04,
          ("a table for eight", "oil or wax", "the chair we kept for forty years", "offcuts & ends",
           "our workshop dog", "joints without screws"),
          ("furniture", "woodwork", "craft", "danishdesign", "workshop")),
    Brand("pelican-travel", "Pelican Travel", "America/Sao_Paulo", 52_000, 8.0, 0.24,
          ("a week without flying", "the slow train south", "islands off season", "packing one bag",
           "our guide to night markets", "what to see in 48 hours"),
          ("travel", "slowtravel", "nighttrain", "islands", "citybreak")),
)  # fmt: skip

_OPENINGS = (
    "Fresh this week: {}.",
    "A look behind the scenes: {}.",
    "You asked, so here it is: {}.",
    "Three things to know about {}.",
    "Today is all about {}.",
    "Worth the wait: {}.",
    "A small thank-you, and a word on {}.",
    "Notes from the team on {}.",
)
_CLOSINGS = (
    "What do you think?",
    "Come and see for yourself.",
    "Tell us your favourite in the comments 👇",
    "Questions & answers on Thursday.",
    "Good things take time ✨",
    "Less hurry > more joy.",
    "",
    "We love this team ❤️",
    "Tag a friend who needs this.",
)
_LONG = (
    "It took us a year, four drafts and a lot of patience, and most of what we learned was what to leave out. "
    "We wrote down the numbers, the mistakes and the two ideas that we would try again tomorrow."
)


def brand_at(index: int) -> Brand:
    """The brand number `index`; past the invented ones the names are numbered."""
    rounds, place = divmod(index, len(BRANDS))
    brand = BRANDS[place]
    if rounds == 0:
        return brand
    number = rounds + 1
    return replace(brand, slug=f"{brand.slug}-{number}", name=f"{brand.name} {number}")


def compose(brand: Brand, platform: Platform, kind: PostKind, chance: Chance) -> tuple[str, str | None]:
    """A post's text and the link in it, if any."""
    sentences = [chance.pick(_OPENINGS).format(chance.pick(brand.subjects)), chance.pick(_CLOSINGS)]
    if platform is Platform.LINKEDIN and chance.unit() < 0.4:
        sentences.insert(1, _LONG)
    link = f"{brand.site}/{int(chance.between(100, 999))}" if kind is PostKind.LINK else None
    if link:
        sentences.append(link)
    first = int(chance.between(0, len(brand.tags)))
    many = int(chance.between(1, 3 if platform is Platform.X else 5))
    sentences += [f"#{(brand.tags * 2)[first + place]}" for place in range(many)]
    return " ".join(sentence for sentence in sentences if sentence), link
