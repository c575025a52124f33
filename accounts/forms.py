"""What sign-up asks besides name, address and password, on the page and of apps alike."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.ages import GREATEST_AGE, LEAST_AGE, age_of, years_between
from accounts.models import User


class DateInput(forms.DateInput):
    input_type = "date"


class SignUpForm(forms.Form):
    """allauth makes its own forms from this one (ACCOUNT_SIGNUP_FORM_CLASS)."""

    date_of_birth = forms.DateField(
        label=_("Date of birth"), widget=DateInput(format="%Y-%m-%d"), input_formats=["%Y-%m-%d"]
    )

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        today = timezone.now().date()
        if born > today or years_between(born, today) > GREATEST_AGE:
            raise ValidationError(_("Check the year."), code="invalid")
        if age_of(born=born, today=today) is None:
            raise ValidationError(
                _("Busk is for people from %(age)s years on. Nothing you typed was kept; come back then."),
                code="too_young",
                params={"age": LEAST_AGE},
            )
        return born

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth calls it once the user is stored; the age was stored with them (``accounts.adapter``)."""


def age_apply(user: User, cleaned: dict[str, Any]) -> None:
    """Set the band from the date, which goes no further."""
    born = cleaned.get("date_of_birth")
    age = age_of(born=born, today=timezone.now().date()) if born else None
    if age is not None:
        user.age_band, user.next_band_year = age.band, age.next_band_year
