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


class DataError(AffettoError):
    """A data file is missing, damaged, or not in the layout that its reader knows."""


class ModelError(AffettoError):
    """A model file is missing, damaged, or does not belong with its neighbours."""
