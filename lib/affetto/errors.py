"""The errors that Affetto raises on purpose.

Every message is one sentence for a person: what is wrong and what would work.
The command prints it and exits with 2; the app shows it; nobody sees a traceback.
"""


class AffettoError(Exception):
    """Root of every error raised on purpose."""


class InputError(AffettoError, ValueError):
    """What the caller asked for makes no sense: an unknown emotion, ``n = 0``, an empty filter."""


class PhotoError(InputError):
    """The photo cannot be read, or is outside the limits."""


class NoFaceError(InputError):
    """A photo that can be read shows no face; each door adds its own way on."""


class DataError(AffettoError):
    """A data file is missing, damaged, or not in the layout that its reader knows."""


class ModelError(AffettoError):
    """A model file is missing, damaged, or does not belong with its neighbours."""


class ServiceError(AffettoError):
    """A service on the network did not do what was asked; everything without it goes on."""


class AuthError(ServiceError):
    """Credentials or a listener's consent are missing, wrong, expired or withdrawn."""


class Forbidden(ServiceError):  # noqa: N818 - the field's own word
    """The service is there, and does not do this for this app or this account."""


class NotFound(ServiceError, InputError):  # noqa: N818
    """The service does not know what was asked for: deleted, private, or never there."""


class RateLimited(ServiceError):  # noqa: N818
    """The service wants to be left alone for a while.

    seconds : how long, from now.  kind : "quota" where the app's allowance is used up, "rate"
    where it merely asked too fast.  reason : the service's own word, such as QUOTA_EXCEEDED.
    """

    def __init__(self, message: str, *, seconds: float, kind: str, reason: str | None) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.kind = kind
        self.reason = reason


class Unavailable(ServiceError):  # noqa: N818
    """The service cannot be reached, is too slow, is broken, or answers with garbage."""
