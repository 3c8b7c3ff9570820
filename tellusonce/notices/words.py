"""What each kind of notice says, in English and in Welsh.

No subject has a place to fill in: it stands on a locked telephone and in a list of mails, where nothing may name the
dead. Texts are short enough for two messages. A kind without a text can only go by e-mail.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

EN, CY = "en", "cy"
LANGUAGES = (EN, CY)


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in one language; `body` and `text` have a place for each value that the kind needs."""

    subject: str
    body: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice: which values it needs, for how long it is of use, and its words."""

    needs: frozenset[str]
    lasts_for: dt.timedelta
    words: Mapping[str, Words]

    @property
    def has_text(self) -> bool:
        """It can be sent as a text."""
        return all(words.text for words in self.words.values())


def render(kind: Kind, language: str, values: Mapping[str, str]) -> Words:
    """Fill in the values; what is in them is never read as a place to fill."""
    words = kind.words[language]
    return Words(words.subject, words.body.format_map(values), words.text.format_map(values))


REFERENCE = Kind(
    needs=frozenset({"reference"}),
    lasts_for=dt.timedelta(days=28),
    words={
        EN: Words(
            "Your Tell Us Once reference",
            "We are sorry that you need this service.\n\n"
            "Your reference is {reference}\n\n"
            "Keep it. With it you can go on with your report, and later see which services have been told and what "
            "they have done. You have 28 days from the day it was given to you. The reference is not a password: we "
            "will ask for more than this before we show anything.\n\n"
            "If you did not expect this message, you need not do anything.\n",
            "Tell Us Once: your reference is {reference}. Keep it, you have 28 days to use it.",
        ),
        CY: Words(
            "Eich cyfeirnod Dywedwch Wrthym Unwaith",
            "Mae'n ddrwg gennym fod angen y gwasanaeth hwn arnoch.\n\n"
            "Eich cyfeirnod yw {reference}\n\n"
            "Cadwch ef. Gyda'r cyfeirnod gallwch barhau â'ch adroddiad, ac yn nes ymlaen weld pa wasanaethau sydd "
            "wedi cael gwybod a beth maent wedi'i wneud. Mae gennych 28 diwrnod o'r diwrnod y cawsoch ef. Nid "
            "cyfrinair yw'r cyfeirnod: byddwn yn gofyn am fwy na hyn cyn dangos dim.\n\n"
            "Os nad oeddech yn disgwyl y neges hon, nid oes angen i chi wneud dim.\n",
            "Dywedwch Wrthym Unwaith: eich cyfeirnod yw {reference}. Cadwch ef, mae gennych 28 diwrnod i'w ddefnyddio.",
        ),
    },
)
SIGN_IN_CODE = Kind(
    needs=frozenset({"code"}),
    lasts_for=dt.timedelta(minutes=15),
    words={
        EN: Words(
            "Your security code",
            "Your security code for Tell Us Once is {code}\n\n"
            "It can be used once, within 15 minutes. Nobody from this service will ever ask you for it. If you are "
            "not signing in, you need not do anything.\n",
            "{code} is your security code for Tell Us Once. Use it within 15 minutes. Never tell it to anyone.",
        ),
        CY: Words(
            "Eich cod diogelwch",
            "Eich cod diogelwch ar gyfer Dywedwch Wrthym Unwaith yw {code}\n\n"
            "Gellir ei ddefnyddio unwaith, o fewn 15 munud. Ni fydd neb o'r gwasanaeth hwn byth yn gofyn i chi "
            "amdano. Os nad ydych yn mewngofnodi, nid oes angen i chi wneud dim.\n",
            "{code} yw eich cod diogelwch ar gyfer Dywedwch Wrthym Unwaith. Defnyddiwch ef o fewn 15 munud. "
            "Cadwch ef yn gyfrinachol.",
        ),
    },
)
CONSENT_RECEIPT = Kind(
    needs=frozenset({"receipt"}),
    lasts_for=dt.timedelta(days=28),
    words={
        EN: Words(
            "Receipt for your decision",
            "We have recorded your decision on how your information may be used. This is your signed receipt; keep "
            "this message. You can change your mind at any time.\n\n"
            "{receipt}\n",
        ),
        CY: Words(
            "Derbynneb am eich penderfyniad",
            "Rydym wedi cofnodi eich penderfyniad ar sut y gellir defnyddio eich gwybodaeth. Dyma'ch derbynneb wedi'i "
            "llofnodi; cadwch y neges hon. Gallwch newid eich meddwl unrhyw bryd.\n\n"
            "{receipt}\n",
        ),
    },
)
INVITATION = Kind(
    needs=frozenset({"code"}),
    lasts_for=dt.timedelta(days=7),
    words={
        EN: Words(
            "Somebody asks for your help",
            "Somebody who uses Tell Us Once would like you to act for them, and gave us this address.\n\n"
            "Your code is {code}\n\n"
            "If you know who it is and want to help, sign in to Tell Us Once and enter the code within 7 days. You "
            "will see what you are asked to do, and can lay it down at any time. Whatever you do will be shown as "
            "done on their behalf.\n\n"
            "If you do not know who it may be, you need not do anything. Never give the code to anyone.\n",
            "Somebody asks for your help with Tell Us Once. If you know who it is, sign in and enter {code} within 7 "
            "days. Never give it to anyone.",
        ),
        CY: Words(
            "Mae rhywun yn gofyn am eich help",
            "Hoffai rhywun sy'n defnyddio Dywedwch Wrthym Unwaith i chi weithredu ar eu rhan, a rhoddodd y cyfeiriad "
            "hwn i ni.\n\n"
            "Eich cod yw {code}\n\n"
            "Os ydych yn gwybod pwy ydyw ac am helpu, mewngofnodwch i Dywedwch Wrthym Unwaith a rhowch y cod o fewn 7 "
            "diwrnod. Byddwch yn gweld beth y gofynnir i chi ei wneud, a gallwch roi'r gorau iddi unrhyw bryd. Bydd "
            "popeth a wnewch yn cael ei ddangos fel petai wedi'i wneud ar eu rhan.\n\n"
            "Os nad ydych yn gwybod pwy allai fod, nid oes angen i chi wneud dim. Peidiwch â rhoi'r cod i neb.\n",
            "Mae rhywun yn gofyn am eich help gyda Dywedwch Wrthym Unwaith. Os ydych yn gwybod pwy, mewngofnodwch a "
            "rhowch {code} o fewn 7 diwrnod. Cadwch ef yn gyfrinachol.",
        ),
    },
)
ADULT_INVITATION = Kind(
    needs=frozenset({"code"}),
    lasts_for=dt.timedelta(days=28),
    words={
        EN: Words(
            "You are asked to tell us something yourself",
            "Somebody has told Tell Us Once of a change that concerns you as well, and gave us this address. They "
            "could tell us for themselves alone. Nothing about you has been passed on.\n\n"
            "Your code is {code}\n\n"
            "If you know who it is and want to tell us for yourself, sign in to Tell Us Once in a way that proves who "
            "you are, choose to answer an invitation, and enter the code within 28 days. You then see what it is "
            "about, and can still decline.\n\n"
            "If you do not know who it may be, you need not do anything. Never give the code to anyone.\n",
            "Somebody told Tell Us Once of a change that concerns you too. To tell us for yourself, sign in and enter "
            "{code} within 28 days. Never give it to anyone.",
        ),
        CY: Words(
            "Gofynnir i chi ddweud rhywbeth wrthym eich hun",
            "Mae rhywun wedi dweud wrth Dywedwch Wrthym Unwaith am newid sy'n effeithio arnoch chi hefyd, a rhoddodd y "
            "cyfeiriad hwn i ni. Dim ond drostynt eu hunain y gallent ddweud. Nid oes dim amdanoch chi wedi'i "
            "drosglwyddo.\n\n"
            "Eich cod yw {code}\n\n"
            "Os ydych yn gwybod pwy ydyw ac am ddweud wrthym drosoch eich hun, mewngofnodwch i Dywedwch Wrthym Unwaith "
            "mewn ffordd sy'n profi pwy ydych, dewiswch ateb gwahoddiad, a rhowch y cod o fewn 28 diwrnod. Byddwch "
            "wedyn yn gweld beth yw'r mater, a gallwch wrthod o hyd.\n\n"
            "Os nad ydych yn gwybod pwy allai fod, nid oes angen i chi wneud dim. Peidiwch â rhoi'r cod i neb.\n",
            "Mae rhywun wedi dweud wrth Dywedwch Wrthym Unwaith am newid sy'n effeithio arnoch chi hefyd. I ddweud "
            "drosoch eich hun, mewngofnodwch a rhowch {code} o fewn 28 diwrnod. Cadwch ef yn gyfrinachol.",
        ),
    },
)
ALL_CONFIRMED = Kind(
    needs=frozenset({"reference"}),
    lasts_for=dt.timedelta(days=28),
    words={
        EN: Words(
            "Every service has answered",
            "You told us once, under the reference {reference}.\n\n"
            "Every service that was told has now said what it has done. You can see what each of them did, and if "
            "any could not be told, whom to ask, with your reference.\n",
            "Tell Us Once: every service told under {reference} has now answered. See what each did with your "
            "reference.",
        ),
        CY: Words(
            "Mae pob gwasanaeth wedi ateb",
            "Fe wnaethoch ddweud wrthym unwaith, dan y cyfeirnod {reference}.\n\n"
            "Mae pob gwasanaeth a gafodd wybod bellach wedi dweud beth y mae wedi'i wneud. Gallwch weld beth wnaeth "
            "pob un, ac os na ellid dweud wrth unrhyw un, â phwy i gysylltu, gyda'ch cyfeirnod.\n",
            "Dywedwch Wrthym Unwaith: mae pob gwasanaeth dan {reference} wedi ateb. Gweler beth wnaeth pob un "
            "gyda'ch cyfeirnod.",
        ),
    },
)
DRAFT_EXPIRES = Kind(
    needs=frozenset({"reference", "day"}),
    lasts_for=dt.timedelta(days=5),
    words={
        EN: Words(
            "Your report has not been sent yet",
            "You started a report with us, under the reference {reference}, and have not sent it yet. Nobody has been "
            "told anything.\n\n"
            "We keep what you told us until {day}, and then delete it. If you need more time, you can ask us to keep "
            "it for another 28 days, with your reference.\n\n"
            "If you have changed your mind, you need not do anything.\n",
            "Tell Us Once: your report {reference} has not been sent, and will be deleted on {day}. Send it, or ask "
            "us to keep it for longer.",
        ),
        CY: Words(
            "Nid yw eich adroddiad wedi'i anfon eto",
            "Fe ddechreuoch adroddiad gyda ni, dan y cyfeirnod {reference}, ac nid ydych wedi'i anfon eto. Nid oes "
            "neb wedi cael gwybod dim.\n\n"
            "Rydym yn cadw'r hyn a ddywedoch wrthym tan {day}, ac yna yn ei ddileu. Os oes angen mwy o amser arnoch, "
            "gallwch ofyn i ni ei gadw am 28 diwrnod arall, gyda'ch cyfeirnod.\n\n"
            "Os ydych wedi newid eich meddwl, nid oes angen i chi wneud dim.\n",
            "Dywedwch Wrthym Unwaith: nid yw adroddiad {reference} wedi'i anfon, a chaiff ei ddileu ar {day}. "
            "Anfonwch ef, neu gofynnwch am fwy o amser.",
        ),
    },
)
MESSAGE_WAITS = Kind(
    needs=frozenset({"link"}),
    lasts_for=dt.timedelta(days=14),
    words={
        EN: Words(
            "A message waits for you",
            "A message from Tell Us Once waits for your service. What it says does not stand in this mail.\n\n"
            "Open it here, and say there what you did about it:\n{link}\n\n"
            "The link is for your service alone: please do not pass it on outside. Opening the page tells nobody "
            "anything yet; you see the message after one more step. If the link has ended, the page sends you "
            "another.\n\n"
            "If you do not know what this is about, whoever looks after data sharing in your organisation does.\n",
        ),
        CY: Words(
            "Mae neges yn aros amdanoch",
            "Mae neges gan Dywedwch Wrthym Unwaith yn aros am eich gwasanaeth. Nid yw'r hyn y mae'n ei ddweud yn yr "
            "e-bost hwn.\n\n"
            "Agorwch hi yma, a dywedwch yno beth wnaethoch amdani:\n{link}\n\n"
            "Ar gyfer eich gwasanaeth chi yn unig y mae'r ddolen: peidiwch â'i hanfon ymlaen y tu allan. Nid yw agor y "
            "dudalen yn dweud dim wrth neb eto; fe welwch y neges ar ôl un cam arall. Os yw'r ddolen wedi dod i ben, "
            "bydd y dudalen yn anfon un arall atoch.\n\n"
            "Os nad ydych yn gwybod beth yw hyn, bydd pwy bynnag sy'n gofalu am rannu data yn eich sefydliad yn "
            "gwybod.\n",
        ),
    },
)
KINDS: Mapping[str, Kind] = {
    "reference": REFERENCE,
    "sign-in-code": SIGN_IN_CODE,
    "consent-receipt": CONSENT_RECEIPT,
    "invitation": INVITATION,
    "adult-invitation": ADULT_INVITATION,
    "all-confirmed": ALL_CONFIRMED,
    "draft-expires": DRAFT_EXPIRES,
    "message-waits": MESSAGE_WAITS,
}
