"""Content-addressed bytes: everything large a project keeps (data, models, artifacts) is named by the BLAKE3 of itself.

This is the only package that touches stored bytes, so a bucket can stand where a folder stands (D7).
"""

from benchbook.objects.borrowed import borrow
from benchbook.objects.hashing import HashingWriter
from benchbook.objects.manifests import Entry, open_regular
from benchbook.objects.places import Blob
from benchbook.objects.stores import ObjectStore, bytes_of, cache_folder, objects_of

__all__ = [
    "Blob",
    "Entry",
    "HashingWriter",
    "ObjectStore",
    "borrow",
    "bytes_of",
    "cache_folder",
    "objects_of",
    "open_regular",
]
