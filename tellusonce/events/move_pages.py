"""The journey of whoever tells of a move: for themselves and their children, one thing a page."""

from tellusonce.events.pages import Introduction, Page, yes

_MOVE, _YOU, _HOUSEHOLD, _SERVICES = "Your move", "About you", "Who moves with you", "Services that you use"
_IF_KNOWN = "Leave this empty if you do not know it."
_USED = (
    "council_tax",
    "housing_benefit",
    "council_housing",
    "electoral_register",
    "library",
    "school_admissions",
    "parking_permit",
    "concessionary_travel",
    "blue_badge",
    "adult_social_care",
    "assisted_waste",
    "gp_registration",
    "dwp_benefits",
    "personal_tax",
    "child_benefit",
    "driving_licence",
    "registered_keeper",
)

INTRODUCTION = Introduction(
    "You are moving home",
    "Tell us once when you move, alone or with your children. We tell the councils that you leave and come to, and "
    "the agencies and pension funds that write to you. Other adults who move with you are asked themselves.",
    needed=(
        "the day of the move",
        "your old and your new address, with postcodes",
        "the names and dates of birth of the children who move with you",
        "your Council Tax account number, if you have it",
    ),
)
PAGES = (
    Page("your-name", "What is your name?", _YOU, fields=("subject.name",)),
    Page("moved-on", "When do you move, or did you move?", _MOVE, fields=("moved_on",)),
    Page("old-address", "Which address do you leave?", _MOVE, fields=("old_address",), needs=("old_address.postcode",)),
    Page("new-address", "Where do you move to?", _MOVE, fields=("new_address",), needs=("new_address.postcode",)),
    Page("born-on", "When were you born?", _YOU, fields=("subject.born_on",)),
    Page(
        "other-names",
        "Are you known by other names?",
        _YOU,
        each="subject.other_names",
        entry="Other name",
        hint="For example a name before marriage. Leave this empty if there are none.",
    ),
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
        "children",
        "Which children move with you?",
        _HOUSEHOLD,
        each="children",
        entry="Child",
        fields=("name", "born_on", "school"),
        hint="Your own children, or those you look after. Leave this empty if there are none.",
    ),
    Page(
        "others",
        "Which other adults move with you?",
        _HOUSEHOLD,
        each="others",
        entry="Adult",
        hint="We invite them to tell for themselves. Nothing is told for them. Leave this empty if there are none.",
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
        "Who lives at the two addresses?",
        _SERVICES,
        fields=("services.adults_moving", "services.adults_remaining", "subject.identifiers.council_tax_account"),
        when=yes("services.council_tax"),
    ),
    Page(
        "library-card",
        "Do you know your library card number?",
        _SERVICES,
        fields=("subject.identifiers.library_card",),
        when=yes("services.library"),
        hint=_IF_KNOWN,
    ),
    Page(
        "travel-pass",
        "Do you know the number of your travel pass?",
        _SERVICES,
        fields=("subject.identifiers.travel_pass",),
        when=yes("services.concessionary_travel"),
        hint=_IF_KNOWN,
    ),
    Page(
        "blue-badge",
        "Do you know the number of your Blue Badge?",
        _SERVICES,
        fields=("subject.identifiers.blue_badge",),
        when=yes("services.blue_badge"),
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
)
