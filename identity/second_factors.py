"""One-time codes as the second factor of staff (TOTP, RFC 6238), and recovery codes for when the device is lost.

The secret is sealed in the vault; a code is good once, for its half minute and the one before and after.
"""

import base64
import datetime as dt
import io
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import qrcode
from django.db import transaction
from django_otp.oath import TOTP
from qrcode.image.svg import SvgPathImage

from identity import ledger, vault
from identity.ledger import Action, Actor
from identity.models import Account, RecoveryCode, SecondFactor

SECRET_BYTES, STEP_SECONDS, DIGITS = 20, 30, 6
RECOVERY_CODES, RECOVERY_BYTES = 10, 10
SERVICE = "Tell Us Once"


class WrongCode(Exception):
    """The code is not the one of this moment."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What somebody puts into an authenticator: the secret in base32, and the same as an address."""

    secret: str = field(repr=False)
    address: str = field(repr=False)

    def picture(self) -> str:
        """Draw the address as a QR code, in SVG."""
        drawn = io.BytesIO()
        qrcode.make(self.address, image_factory=SvgPathImage, border=2).save(drawn)
        return drawn.getvalue().decode()


def is_enrolled(account: Account) -> bool:
    """Say whether a second factor has been confirmed."""
    return SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).exists()


def enrol(account: Account) -> Enrolment:
    """Begin: make a secret, in place of one that was not confirmed. Raises ValueError if one was."""
    secret = secrets.token_bytes(SECRET_BYTES)
    with transaction.atomic():
        known = SecondFactor.objects.select_for_update().filter(account=account).first()
        if known and known.confirmed_at:
            raise ValueError("this account has a second factor; an operator has to reset it first")
        key = known.key if known else vault.create_key()
        sealed = vault.seal(key, secret, place=_place(account))
        SecondFactor.objects.update_or_create(account=account, defaults={"key": key, "sealed": sealed})
    return _enrolment(account, secret)


def begun(account: Account) -> Enrolment | None:
    """Give what was begun and not confirmed, so that a page shows the same secret again; None if nothing was."""
    factor = SecondFactor.objects.select_related("key").filter(account=account, confirmed_at=None).first()
    return _enrolment(account, vault.unseal(factor.key, factor.sealed, place=_place(account))) if factor else None


def _enrolment(account: Account, secret: bytes) -> Enrolment:
    text = base64.b32encode(secret).decode()
    asked = urlencode({"secret": text, "issuer": SERVICE, "digits": DIGITS, "period": STEP_SECONDS})
    return Enrolment(text, f"otpauth://totp/{quote(f'{SERVICE}:{account.login}')}?{asked}")


def confirm(account: Account, code: str, *, at: dt.datetime) -> list[str]:
    """Finish: the first code is right, and from now on one is asked for. Gives recovery codes; raises WrongCode."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update(of=("self",)).select_related("key").get(account=account)
        if factor.confirmed_at or not _use(factor, code, at):
            raise WrongCode
        factor.confirmed_at = at
        factor.save(update_fields=["confirmed_at"])
        codes = [secrets.token_hex(RECOVERY_BYTES) for _ in range(RECOVERY_CODES)]
        RecoveryCode.objects.filter(account=account).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(account=account, digest=_digest(account, each)) for each in codes)
        _note(account, Action.SECOND_FACTOR_ENROLLED)
    return ["-".join(re.findall(".{5}", each)) for each in codes]


def check(account: Account, code: str, *, at: dt.datetime) -> bool:
    """Say whether this is the code of the moment, or a recovery code; either is good once."""
    with transaction.atomic():
        found = SecondFactor.objects.select_for_update(of=("self",)).select_related("key")
        factor = found.filter(account=account, confirmed_at__isnull=False).first()
        if factor is None:
            return False
        return _use(factor, code, at) or _recover(account, code, at)


def reset(account: Account) -> None:
    """Forget the second factor, as an operator does for somebody who lost it; the next sign-in enrols a new one."""
    with transaction.atomic():
        if SecondFactor.objects.filter(account=account).delete()[0]:
            RecoveryCode.objects.filter(account=account).delete()
            ledger.record(Actor("operator"), action=Action.SECOND_FACTOR_RESET, about=f"account:{account.pk}")


def _use(factor: SecondFactor, code: str, at: dt.datetime) -> bool:
    """Check a code of the device, and let it and all before it count no more."""
    digits = code.replace(" ", "")
    if not re.fullmatch(r"[0-9]{6}", digits):
        return False
    totp = TOTP(vault.unseal(factor.key, factor.sealed, place=_place(factor.account)), STEP_SECONDS, digits=DIGITS)
    totp.time = at.timestamp()
    if not totp.verify(int(digits), tolerance=1, min_t=factor.last_step + 1):
        return False
    factor.last_step = totp.t()
    factor.save(update_fields=["last_step"])
    return True


def _recover(account: Account, code: str, at: dt.datetime) -> bool:
    plain = re.sub(r"[^0-9a-f]", "", code.lower())
    unused = RecoveryCode.objects.filter(account=account, digest=_digest(account, plain), used_at=None)
    if not unused.update(used_at=at):
        return False
    _note(account, Action.RECOVERY_CODE_USED)
    return True


def _digest(account: Account, code: str) -> bytes:
    return vault.digest("recovery-code", f"{account.pk} {code}".encode())


def _place(account: Account) -> str:
    return f"identity_secondfactor.sealed:{account.pk}"


def _note(account: Account, action: Action) -> None:
    ledger.record(Actor(f"account:{account.pk}"), action=action, about=f"account:{account.pk}")
