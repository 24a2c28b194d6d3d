"""What the help of the commands says besides their options: what they are for, examples, exit codes."""

from __future__ import annotations

from typing import Final

HELP: Final = """\
Download files: many at once, verified before they have their name.

`rheo URL...` is short for `rheo download URL...`.
"""

OF_DOWNLOAD: Final = """\
\b
Examples:
  rheo https://example.com/a.iso
  rheo https://example.com/a.iso --hash sha256:9f86d081884c7d659a2feaa0…
  rheo https://example.com/a.iso https://example.com/b.iso -d downloads -j 2
  rheo https://example.com/a.tar.gz -o - | tar xz
  rheo release.meta4 --select '*.iso'
  rheo -i urls.txt -d 'downloads/{host}/{path}'

\b
Exit codes:
  0 done or there already          5 the server refused
  1 a bug in rheo                  6 not what was promised: hash, size
  2 a mistake on the command line  7 the disk: full, not allowed
  3 some of several failed         9 another rheo is at the same file
  4 the network                    130 interrupted by Ctrl-C
                                   143 terminated

Run the same command again, and it goes on where it was. With one URL the code is that of its error. After -o - a
wrong hash is found when the data has left: trust the code, not the data.
"""

OF_BATCH: Final = """\
Long lists of files, and what became of their lines.

`rheo batch run LIST` is `rheo download -i LIST`, with all its options.
"""

OF_BATCH_REPORT: Final = """\
\b
Examples:
  rheo batch report downloads/urls.txt.ledger --failed
  rheo batch report downloads/urls.txt.ledger --csv > report.csv

\b
A batch may still be running. In a table, text that a spreadsheet would take
for a formula has a ' before it; --json has all as it is. Exit codes: 0 told,
2 it is no ledger.
"""

OF_INFO: Final = """\
\b
Examples:
  rheo info https://example.com/a.iso
  rheo info https://example.com/a.iso --user me --json

\b
One GET is sent, as a download sends it, and ended at the answer's head. Exit
codes are those of the download: 0 where it would get the file, 5 for a 404.
"""

OF_VERIFY: Final = """\
\b
Examples:
  rheo verify a.iso --hash sha256:9f86d081884c7d659a2feaa0…
  rheo verify a.iso --hash-file SHA256SUMS
  rheo verify a.iso --hash-file https://example.com/SHA256SUMS
  rheo verify a.iso --metalink a.meta4 --repair https://example.com/a.iso

\b
A list has the file under its name, to the letter. A damaged file is repaired
by what a Metalink's pieces say is wrong, else fetched whole; it stays as it
was until what replaces it is proven. Exit codes: 0 all hashes match, 2 it is
not listed, 6 one is another, 7 the file cannot be read; where it could not be
repaired, that of a download.
"""

OF_HASH: Final = """\
\b
Examples:
  rheo hash *.iso > SHA256SUMS
  rheo hash --algo blake2b --tag a.iso

\b
Lines are GNU's, which sha256sum -c and rheo verify --hash-file read. Exit
codes: 0 done, 7 the file cannot be read, 3 that for some of several.
"""
