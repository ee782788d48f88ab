"""What has to be registered with each provider? The words of the page that sets up the platform apps.

Checked on 2026-11-24: learn.microsoft.com/linkedin/marketing, docs.x.com/fundamentals/developer-apps,
developers.facebook.com/docs/facebook-login and /docs/instagram-platform/instagram-api-with-instagram-login.
"""

from dataclasses import dataclass

from core.domain import Provider


@dataclass(frozen=True, slots=True)
class Guide:
    """One provider's way to an app: plain Markdown of our own."""

    title: str
    purpose: str
    steps: tuple[str, ...]
    links: dict[str, str]
    redirect_field: str
    products: str
    credentials: str


GUIDES: dict[Provider, Guide] = {
    Provider.LINKEDIN: Guide(
        title="LinkedIn",
        purpose="For company pages and showcase pages.",
        steps=(
            "Create an app at LinkedIn Developers, under the company page of whoever runs Tideline, and have it verified by an"
            " administrator of that page.",
            "Under **Products** request **Community Management API**; it has to be the app's only product. LinkedIn reviews"
            " the request, and begins with the development tier: 500 calls a day, 100 of them a member.",
            "Whoever connects a page has to be its administrator: LinkedIn gives statistics to nobody else.",
        ),
        links={
            "LinkedIn Developers": "https://www.linkedin.com/developers/apps",
            "About the product": "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/community-management-overview",
        },
        redirect_field="**Authorized redirect URL** (tab Auth)",
        products="They come with the product Community Management API.",
        credentials="Client ID and Primary Client Secret, tab Auth.",
    ),
    Provider.X: Guide(
        title="X",
        purpose="For the account that signs in; X grants one account at a time.",
        steps=(
            "Create an app in X's developer console and set up **User authentication** with OAuth 2.0 and the type"
            " **Web App, Automated App or Bot**.",
            "App permissions: **Read**.",
            "X bills for every post read, so buy credits and set a spending limit there too.",
        ),
        links={
            "X developer console": "https://console.x.com",
            "Prices": "https://docs.x.com/x-api/getting-started/pricing",
        },
        redirect_field="**Callback URI / Redirect URL**",
        products="X wants no list: they are asked for at every sign-in.",
        credentials="OAuth 2.0 Client ID and Client Secret, not the API key.",
    ),
    Provider.META: Guide(
        title="Facebook",
        purpose="For Facebook Pages and the Instagram professional accounts that are linked to them.",
        steps=(
            "Create an app of the type **Business** at Meta for Developers and add the product **Facebook Login for Business**"
            " or **Facebook Login**.",
            "While the app is in development mode it works for everyone who has a role in it, without a review. For Pages of"
            " other people request **Advanced Access** for the permissions below and verify your business.",
            "Leave **Require App Secret** on: Tideline proves it with every call.",
        ),
        links={
            "Meta for Developers": "https://developers.facebook.com/apps",
            "About Facebook Login": "https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow",
        },
        redirect_field="**Valid OAuth Redirect URI** (Facebook Login, Settings)",
        products="The Instagram ones come with the product Instagram.",
        credentials="App ID and App secret, under App settings, Basic.",
    ),
    Provider.INSTAGRAM: Guide(
        title="Instagram without a Page",
        purpose="For Instagram professional accounts that are not linked to a Facebook Page. Without it, Instagram comes with"
        " Facebook.",
        steps=(
            "In an app at Meta for Developers add the product **Instagram** and choose **API setup with Instagram login**.",
            "Under **Set up Instagram business login** open **Business login settings**.",
            "While the app is in development mode, add each account as an **Instagram tester** and accept it in the account's"
            " settings.",
        ),
        links={
            "Meta for Developers": "https://developers.facebook.com/apps",
            "About Instagram Login": "https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login",
        },
        redirect_field="**OAuth redirect URI** (Business login settings)",
        products="They come with the product Instagram.",
        credentials="Instagram app ID and Instagram app secret: others than the app's own.",
    ),
}
