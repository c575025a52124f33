"""Why something was not done, for staff."""

from core.errors import DomainError, InvalidInput

_TOLD = {
    "decided": "It was decided meanwhile.",
    "case_taken": "Somebody else is at this case. Take it over first, if that is right.",
    "forbidden": "Your role does not let you do that.",
    "second_person_needed": "You decided first: somebody else has to look at the appeal.",
    "not_found": "It is not there any more.",
}
_WHY = {
    "oneself": "It is about you: somebody else has to decide.",
    "erased": "The account was deleted; there is nobody to do this to.",
    "staff": "It is about staff: only superusers decide about them.",
    "action": "It is so already.",
    "no_case": "Its address leads to nothing of ours. Give the right one, or refuse it.",
    "state": "It is past that already.",
}


def told(refused: DomainError) -> str:
    if isinstance(refused, InvalidInput):
        return " ".join(line for lines in refused.details.values() for line in lines)
    return _WHY.get(refused.details.get("reason", "")) or _TOLD.get(refused.code, refused.code)
