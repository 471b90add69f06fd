"""Sentences of Django about passwords that our catalogue says in its place.

Django's Dutch lacks the one about length and says "u" where we say "je". Named here, they come
into our catalogue, and ours is asked before Django's.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

LENGTHS = (
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
    ),
)
OTHERS = (
    gettext_noop("The password is too similar to the %(verbose_name)s."),
    gettext_noop("This password is too common."),
    gettext_noop("Your password can’t be a commonly used password."),
    gettext_noop("Your password can’t be too similar to your other personal information."),
)
