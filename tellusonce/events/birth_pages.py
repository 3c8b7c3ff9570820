"""The journey of whoever tells of a birth: what is asked of the family, one thing a page."""

from tellusonce.events.pages import Introduction, Page, told, yes

_CHILD, _PARENTS, _YOU, _HOME = "About {subject}", "The parents", "About you", "Your family's home and services"
_IF_KNOWN = "Leave this empty if you do not know it."
_SERVICES = (
    "child_benefit",
    "universal_credit",
    "tax_free_childcare",
    "healthy_start",
    "gp_registration",
    "council_tax",
    "housing_benefit",
    "council_housing",
    "library",
    "childrens_centre",
    "early_education",
    "school_admissions",
    "childrens_social_care",
)

INTRODUCTION = Introduction(
    "A child was born",
    "When a birth has been registered, tell us once. We tell the council services and agencies that help with "
    "money, care and school.",
    needed=(
        "the letter or card from the register office, with its reference number",
        "when and where the birth was registered",
        "your National Insurance number, if you want to ask for Child Benefit",
        "the doctor whom you are registered with",
    ),
)
PAGES = (
    Page("name", "What is your child's name?", _CHILD, fields=("subject.name",)),
    Page("born-on", "When was {subject} born?", _CHILD, fields=("subject.born_on",)),
    Page("sex", "What is {subject}'s sex?", _CHILD, fields=("subject.sex",)),
    Page("place-of-birth", "Where was {subject} born?", _CHILD, fields=("subject.place_of_birth",)),
    Page(
        "address",
        "Where does {subject} live?",
        _CHILD,
        fields=("subject.address",),
        needs=("subject.address.postcode",),
    ),
    Page(
        "several",
        "Was {subject} born with a twin, a triplet or more?",
        _CHILD,
        fields=("subject.is_one_of_several",),
        hint="Tell us of each child separately.",
    ),
    Page(
        "nhs-number",
        "What is {subject}'s NHS number?",
        _CHILD,
        fields=("subject.identifiers.nhs_number",),
        hint="It is in the red book that you were given. Leave this empty if you cannot find it.",
    ),
    Page(
        "disability",
        "Does {subject} have a disability or a long illness?",
        _CHILD,
        fields=("subject.has_disability",),
        hint="Leave this empty if you do not want to say. Some help depends on it.",
    ),
    Page(
        "your-name",
        "What is your name?",
        _YOU,
        fields=("informant.name",),
    ),
    Page(
        "your-relationship",
        "What are you to {subject}?",
        _YOU,
        fields=("informant.relationship",),
        hint="For example mother, father, parent or grandparent.",
    ),
    Page("your-address", "What is your address?", _YOU, fields=("informant.address",)),
    Page(
        "your-contact",
        "How can you be reached?",
        _YOU,
        fields=("informant.email", "informant.phone", "informant.contact_by"),
        hint="One of them is enough. We write when something has been done about what you told us.",
    ),
    Page(
        "your-letters",
        "How should letters to you be?",
        _YOU,
        fields=("informant.letter_language", "informant.needs_large_print"),
    ),
    Page(
        "mother", "Who is {subject}'s mother?", _PARENTS, fields=("mother.name",), hint="Or the parent who gave birth."
    ),
    Page(
        "mother-details",
        "What else do you know of {subject}'s mother?",
        _PARENTS,
        fields=("mother.born_on", "mother.nino", "mother.occupation"),
        hint="Child Benefit is paid quicker with the National Insurance number.",
    ),
    Page(
        "mother-contact",
        "How can {subject}'s mother be reached?",
        _PARENTS,
        fields=("mother.email", "mother.phone", "mother.address"),
        hint="Leave this empty if you are the mother and have told us already.",
    ),
    Page(
        "second-parent",
        "Who is {subject}'s father or second parent?",
        _PARENTS,
        fields=("second_parent.name", "second_parent.relationship"),
        hint="Leave this empty if there is none in the register.",
    ),
    Page(
        "second-parent-details",
        "What else do you know of {subject}'s father or second parent?",
        _PARENTS,
        fields=("second_parent.born_on", "second_parent.nino", "second_parent.occupation"),
        when=told("second_parent.name"),
        hint=_IF_KNOWN,
    ),
    Page(
        "second-parent-contact",
        "How can {subject}'s father or second parent be reached?",
        _PARENTS,
        fields=("second_parent.email", "second_parent.phone", "second_parent.address"),
        when=told("second_parent.name"),
        hint=_IF_KNOWN,
    ),
    Page(
        "services",
        "Which of these does your family have, or want to hear of?",
        _HOME,
        fields=tuple(f"services.{name}" for name in _SERVICES),
        has_ticks=True,
        hint="Tick all that may concern you. Nobody is told before you have seen what they would get.",
    ),
    Page(
        "first-child",
        "Is {subject} the first child in the family?",
        _HOME,
        fields=("services.first_child",),
        when=yes("services.child_benefit"),
    ),
    Page(
        "household",
        "How many people live in {subject}'s home?",
        _HOME,
        fields=("services.people_in_household",),
        when=yes("services.council_tax"),
    ),
)
