"""Reading what people write: files and variables, refused with the place and the next step where they are unclear.

pydantic-settings was tried instead. Its YAML source takes the last of two equal keys, and `NO` for false without its
line. Its `.env` reader takes the last of two equal names, `$(date)` and an unset `$NAME` as text, and drops a line that
it cannot parse. Each is a wrong setting without a word, so both readers would stay, and its import adds 75 ms.
"""
