"""The journey of whoever tells of a marriage, a civil partnership or a change of name, one thing a page."""

from tellusonce.events.pages import Introduction, Page, said, yes

_EVENT, _YOU, _SERVICES = "What has changed", "About you", "Services that you use"
_COUPLES = ("marriage", "civil-partnership")
_IF_KNOWN = "Leave this empty if you do not know it."
_USED = (
    "electoral_register",
    "council_tax",
    "housing_benefit",
    "council_housing",
    "library",
    "concessionary_travel",
    "blue_badge",
    "adult_social_care",
    "gp_registration",
    "dwp_benefits",
    "personal_tax",
    "marriage_allowance",
    "child_benefit",
    "passport",
    "driving_licence",
    "registered_keeper",
)

INTRODUCTION = Introduction(
    "You have married, formed a civil partnership or changed your name",
    "Tell us once. We tell the council services, agencies and pension funds that should know it, so that your "
    "records and letters have the right name.",
    needed=(
        "the letter or card from the register office, if you have one",
        "the day and the place of the ceremony, or the date of your deed poll",
        "your name before, and your name now",
        "your National Insurance number, passport and driving licence, as far as you have them",
    ),
)
PAGES = (
    Page("event", "What has changed?", _EVENT, fields=("event",)),
    Page("happened-on", "On which day was it?", _EVENT, fields=("happened_on",)),
    Page(
        "place",
        "Where was the ceremony?",
        _EVENT,
        fields=("place",),
        when=said("event", *_COUPLES),
        needs=("place.name",),
    ),
    Page(
        "your-name",
        "What was your name until now?",
        _YOU,
        fields=("subject.name",),
        hint="The name under which councils and agencies know you.",
    ),
    Page(
        "new-name",
        "What is your new name?",
        _YOU,
        fields=("new_name",),
        hint="Leave this empty if your name stays as it is.",
    ),
    Page(
        "your-address", "What is your address?", _YOU, fields=("subject.address",), needs=("subject.address.postcode",)
    ),
    Page("born-on", "When were you born?", _YOU, fields=("subject.born_on",)),
    Page(
        "your-contact",
        "How can you be reached?",
        _YOU,
        fields=("subject.email", "subject.phone", "subject.contact_by"),
        hint="One of them is enough. We write when something has been done about what you told us.",
    ),
    Page(
        "your-letters",
        "How should letters to you be?",
        _YOU,
        fields=("subject.letter_language", "subject.needs_large_print"),
    ),
    Page(
        "national-insurance",
        "What is your National Insurance number?",
        _YOU,
        fields=("subject.identifiers.nino",),
        hint="It is on letters about tax, pensions and benefits. Leave this empty if you cannot find it.",
    ),
    Page(
        "partner",
        "Whom should we invite to tell about themselves?",
        _EVENT,
        fields=("partner",),
        when=said("event", *_COUPLES),
        hint="Your husband, wife or civil partner. Nothing is told for them. Leave this empty to invite nobody.",
    ),
    Page(
        "services",
        "Which of these do you have?",
        _SERVICES,
        fields=tuple(f"services.{name}" for name in _USED),
        has_ticks=True,
        hint="Tick all that may concern you. Nobody is told before you have seen what they would get.",
    ),
    Page(
        "council-tax",
        "How many adults live in your home?",
        _SERVICES,
        fields=("services.adults_in_household", "subject.identifiers.council_tax_account"),
        when=yes("services.council_tax"),
    ),
    Page(
        "passports",
        "What are the numbers of your passports?",
        _SERVICES,
        each="subject.identifiers.passports",
        entry="Passport number",
        when=yes("services.passport"),
        hint=_IF_KNOWN,
    ),
    Page(
        "driving-licence",
        "What is your driver number?",
        _SERVICES,
        fields=("subject.identifiers.driver_number",),
        when=yes("services.driving_licence"),
        hint="It is at 5 on the licence. Leave this empty if you cannot find it.",
    ),
    Page(
        "vehicles",
        "Which vehicles are you the keeper of?",
        _SERVICES,
        each="subject.identifiers.vehicles",
        entry="Number plate",
        when=yes("services.registered_keeper"),
    ),
    Page(
        "pensions",
        "Which pensions do you have or will you have?",
        _SERVICES,
        each="pensions",
        entry="Pension",
        hint="From work, or private ones. Leave this empty if there are none.",
    ),
)
