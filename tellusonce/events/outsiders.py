"""Those who are no recipients of ours, and whom people have to tell themselves: what to ask them, by kind of event.

No company is named here. The words are English and are looked up by them in other languages.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outsider:
    """A sort of body, and what to tell or to ask it."""

    who: str
    advice: str


AFTER_A_DEATH = (
    Outsider(
        "Banks, building societies and lenders",
        "Ask for whoever deals with bereavement. They want to see the death certificate. Ask what happens to accounts "
        "in one name and in two, to standing orders and to what is owed. There is a free service that tells several "
        "banks at once; any of them can say how to reach it.",
    ),
    Outsider(
        "Gas, electricity and water",
        "Give the readings of the meters, and ask for the account to be ended or put in another name. If somebody "
        "there depends on the supply, say so.",
    ),
    Outsider(
        "Telephone, broadband, television and subscriptions",
        "Ask for the contract to be ended or put in another name, and that nothing is charged for it.",
    ),
    Outsider(
        "Insurers",
        "Ask whether a life, funeral or travel insurance pays out. Tell the insurer of the home soon if it stands "
        "empty. Nobody may drive a car that only the person who died was insured for.",
    ),
    Outsider(
        "Landlord or mortgage lender",
        "Ask who may stay, what is due until when, and whether an insurance pays the loan.",
    ),
    Outsider(
        "Employer and workplace pension",
        "Ask about the last pay, holiday that was not taken, a payment for a death in service, and a pension for "
        "whoever is left.",
    ),
    Outsider(
        "Doctor, dentist and hospital",
        "Cancel appointments, and ask where to return medicines and equipment.",
    ),
    Outsider(
        "Post, clubs and accounts on the internet",
        "Have letters redirected. Ask clubs, charities and whoever keeps pictures or messages how an account is closed "
        "or kept in memory.",
    ),
)
AFTER_A_MOVE = (
    Outsider(
        "Banks, building societies and lenders", "Change the address everywhere, so that no card or letter goes astray."
    ),
    Outsider(
        "Gas, electricity and water",
        "Give the readings of the meters at both homes on the day of the move, and ask who supplies the new one.",
    ),
    Outsider(
        "Insurers",
        "Tell the insurers of the home and of any vehicle before the move: what is insured depends on the address.",
    ),
    Outsider("Telephone, broadband and television", "Ask early whether the contract moves along or can be ended."),
    Outsider("Landlord or mortgage lender", "Ask what is due until when, and how a deposit comes back."),
    Outsider("Employer and workplace pension", "Change the address, so that pay slips and tax letters reach you."),
    Outsider("Doctor, dentist and school", "Ask whether you may stay, or how to register where you live now."),
    Outsider(
        "Post, clubs and subscriptions",
        "Have letters redirected for some months, and change the address with the rest.",
    ),
)
