"""Interview projects from whatever tool, into one set of canonical tables.

``read_sources(workbook)`` is what notebook 05 calls; ``read_codings`` does the same for files
anywhere; ``look`` is what `icp check` says of them, ``recognise`` what `icp init` finds. Supported:
REFI-QDA (.qdpx, .qde, .qdc), Taguette, QualCoder, ATLAS.ti, MAXQDA, Dedoose, Dovetail, QDA Miner,
plain lists and plain 0/1 tables; NVivo by way of REFI-QDA. The tables are those of
``icplib.tables.step_05``; no name of an interviewee or coder is in any of them.
"""

from icplib.interviews.canonical import Codings
from icplib.interviews.files import CodingFile, Recognised, files_of, recognise, sha256_of
from icplib.interviews.interviews import Terms
from icplib.interviews.project import describe_import, look, read_codings, read_sources
