"""The secrets that seal and sign: given in the settings, or made once and kept in a file."""

import os
from pathlib import Path

from callingcard.errors import ConfigError
from callingcard.kit.crypto import new_secret, weak_secret
from callingcard.server.settings.model import Settings

FILE = "secret.key"


def server_secrets(settings: Settings) -> list[bytes]:
    """Return the secrets, newest first; makes the key file at the first start.

    Raises ConfigError when the file is there but is not fit to be used.
    """
    if settings.server.secret_keys:
        return [key.get_secret_value().encode() for key in settings.server.secret_keys]
    path = settings.data_dir / FILE
    if not path.exists():
        _make(path)
    keys = path.read_text(encoding="ascii").split()
    if not keys or any(weak_secret(key) for key in keys):
        raise ConfigError(
            f"{path} holds no usable key",
            hint="Restore it from a backup; without it nothing sealed can be opened.",
        )
    return [key.encode() for key in keys]


def _make(path: Path) -> None:
    """Write a new key that only this user can read, whoever else starts at this moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(new_secret() + "\n")
    try:
        os.link(draft, path)  # fails if another process was first: then its key is the key
    except FileExistsError:
        pass
    finally:
        draft.unlink()
