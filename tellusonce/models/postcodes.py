"""The directory of postcodes: published facts, and nothing about anybody."""

from django.db import models


class Postcode(models.Model):
    """One postcode, with the codes of its district and its county; empty where the directory knows none."""

    code = models.CharField(max_length=8, primary_key=True)
    district = models.CharField(max_length=20)
    county = models.CharField(max_length=20)
    nation = models.CharField(max_length=20)
    is_terminated = models.BooleanField()

    def __str__(self) -> str:
        return self.code
