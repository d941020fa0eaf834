"""How many files, how large, and for how long one may wait; the forms' page says so to senders."""

from __future__ import annotations

from datetime import timedelta

MOST_WITHOUT_SIGN_IN = 5
MOST_SIGNED_IN = 10
"""Files in one submission; more need several."""
MOST_BYTES = 50 * 1000 * 1000
"""Bytes of one file: 50 MB."""
MOST_ON_A_CASE = 200
MOST_BYTES_ON_A_CASE = 2 * 1000 * 1000 * 1000
"""Files that one case holds at a time, and their bytes together: a quota (ASVS 5.2.4)."""
QUEUED_LASTS = timedelta(minutes=10)
SCANNING_LASTS = timedelta(minutes=5)
RETRIES = 3
"""Times that a file is tried again that nobody came to an end with, before it is refused."""
MOST_DOUBLED = 7
"""Times that the wait until the next alarm doubles, for a file that nobody looks at: to about a day."""
UPLOAD_LASTS = timedelta(hours=1)
"""For how long whoever sent a case without signing in may add files to it."""
