"""``manage.py roles``: who may do what, as a table; docs/roles.md is what it writes."""

from typing import Any

from django.core.management.base import BaseCommand

from identity.models import Role
from tellusonce import rules
from tellusonce.rules import Rule

HEAD = """# Who may do what

Made from `tellusonce/rules.py` by `python manage.py roles`; a test holds the two equal, and another fails on any view
or operation that names no rule.

Roles are given to accounts, for one organisation (`manage.py account role LOGIN ROLE --organisation SLUG`). Operators
and auditors may hold their role for the whole service. A system of another body is no account: it brings a token with
the scope. Somebody may act for one organisation at a time.

Whoever acts for an informant, an organisation's system included, may do only what their mandate names: the purpose in
the last column, as long as it is in force.

"""


class Command(BaseCommand):
    """Write the table of who may do what."""

    help = "Write the table of who may do what, in Markdown."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Write it."""
        self.stdout.write(page(), ending="")


def page() -> str:
    """Give the whole page."""
    names = [role.label for role in Role]
    head = [
        "| To ... | Anyone | " + " | ".join(names) + " | A client's scope | A mandate's purpose |",
        "|" + "---|" * (len(names) + 4),
    ]
    return HEAD + "\n".join([*head, *(_row(rule) for rule in rules.every())]) + "\n"


def _row(rule: Rule) -> str:
    cells = [rule.roles[role].value if role in rule.roles else "" for role in Role]
    scope = f"`{rule.scope}`" if rule.scope else ""
    purpose = f"`{rule.purpose}`" if rule.purpose else ""
    return "| " + " | ".join([rule.name, "yes" if rule.is_for_anyone else "", *cells, scope, purpose]) + " |"
