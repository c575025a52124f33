"""The door of a webhook: what others tell us by themselves, signed over the raw body.

Verified first, kept under the sender's id of it, answered, and handled by a task after that.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from core.api.exceptions import MethodNotAllowed
from core.api.parsers import TooLarge
from core.errors import DomainError, NotFound

# Those that we take have some KB.
MOST_BYTES = 256 * 1024


def webhook_answer(request: HttpRequest, receive: Callable[[bytes], None], *, expected: bool) -> HttpResponse:
    """Hand the body to ``receive``, which keeps it or refuses by a DomainError. 200 once it is kept.

    404 for everything where nobody is ``expected`` to tell anything, because the settings do without them.
    Anything else makes the sender try again, as far as it does. The view is to be exempt from CSRF: what counts is
    the signature.
    """
    try:
        if not expected:
            raise NotFound()
        if request.method != "POST":
            raise MethodNotAllowed()
        body = request.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge(limit_bytes=MOST_BYTES)
        receive(body)
    except DomainError as error:
        return JsonResponse(error.as_dict(), status=error.http_status, headers={"Cache-Control": "no-store"})
    return HttpResponse(status=200)
