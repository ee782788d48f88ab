"""Which colour does a platform have? One each, the same in every chart.

All four stand out by 3:1 from the light and the dark background, and stay apart for the three kinds of colour
blindness (simulated after Machado 2009: the closest pair is 24 apart in CIELAB).
"""

from core.domain import Platform

PLATFORM_COLORS: dict[Platform, str] = {
    Platform.LINKEDIN: "#0667F9",
    Platform.X: "#E66B19",
    Platform.FACEBOOK: "#22A07A",
    Platform.INSTAGRAM: "#BF40A6",
}

TEXT_ON: dict[Platform, str] = {
    Platform.LINKEDIN: "#FFFFFF",
    Platform.X: "#0B131B",
    Platform.FACEBOOK: "#0B131B",
    Platform.INSTAGRAM: "#FFFFFF",
}
"""What is written on a surface of the platform's colour: at least 4.5:1."""
