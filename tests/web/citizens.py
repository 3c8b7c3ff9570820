"""Citizens on pages, as tests play them: a browser without JavaScript, signed in by a provider who vouches for them."""

from django.conf import settings
from django.test import RequestFactory

from identity import accounts, sessions
from identity.sessions import Manner
from identity.tokens import Person
from tellusonce import proving
from tests.web.desks import Desk
from tests.web.pages import Pages

BORN = "1967-06-21"
PARTS = [
    {"type": "GivenName", "value": "Josephine"},
    {"type": "GivenName", "value": "Maud"},
    {"type": "FamilyName", "value": "Tamblyn"},
]
JOSEPHINE = Person(({"nameParts": PARTS},), BORN, "P2")


class Citizen(Desk):
    """One browser over HTTPS, with the visit of a citizen; of Josephine Tamblyn, where it is proved who they are."""

    def __init__(self, subject: str = "josephine", *, confidence: str = "P2") -> None:
        Pages.__init__(self)
        account = accounts.welcome_citizen(provider="one-login", issuer="https://one-login.example/", subject=subject)
        assert account is not None
        if confidence == "P2":
            proving.link(account, JOSEPHINE)
        self.account = account
        self.name = f"account:{account.pk}"
        request = RequestFactory().get("/")
        request.session = sessions.SessionStore()
        sessions.begin(request, account, Manner("one-login", confidence))
        request.session.save()
        self.client.cookies[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)
