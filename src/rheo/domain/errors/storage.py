"""The bytes could not be kept."""

from __future__ import annotations

from rheo.domain.errors.base import RheoError


class StorageError(RheoError):
    """The bytes could not be kept."""

    code = "storage"


class DiskFullError(StorageError):
    """There is no room on the disk, or in the quota."""

    code = "disk_full"


class PermissionDeniedError(StorageError):
    """The file system does not let us."""

    code = "permission_denied"


class DestinationExistsError(StorageError):
    """A file of that name exists, and the wish was to stop then."""

    code = "destination_exists"


class TargetBusyError(StorageError):
    """Another process is downloading the same file to the same place."""

    code = "target_busy"
    inode: int | None = None
    """Which file that process writes, by the number that stays when it gets its name; None where it is not known."""


class TakenOverError(StorageError):
    """The part file is no longer ours: another process took it over, or somebody took it away."""

    code = "taken_over"
