"""What the tables themselves hold to."""

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import IntegrityError

from identity.models import Account, Client

pytestmark = pytest.mark.django_db


def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "identity", check=True, dry_run=True, verbosity=0)


def test_an_account_signs_in_with_its_login_and_password() -> None:
    account = Account(login="registrar-1")
    account.set_password("correct horse battery staple")
    account.save()
    assert authenticate(username="registrar-1", password="correct horse battery staple") == account
    assert authenticate(username="registrar-1", password="wrong") is None
    Account.objects.update(is_active=False)
    assert authenticate(username="registrar-1", password="correct horse battery staple") is None


def test_a_client_without_an_organisation_cannot_be_kept() -> None:
    with pytest.raises(IntegrityError, match="client_has_an_organisation"):
        Client.objects.create(name="Records", organisation="", scopes=["inbox:read"])


def test_a_client_cannot_be_kept_twice() -> None:
    Client.objects.create(name="Records", organisation="northmoor", scopes=["inbox:read"])
    with pytest.raises(IntegrityError, match="client_is_named_once"):
        Client.objects.create(name="Records", organisation="northmoor", scopes=["inbox:read"])
