"""Every conversion factor in the project.

Catalogs and instances keep the datasheet's units (GiB, GB/s, TFLOPS, ms, USD per hour); the roofline is SI only.
"""

BYTES_PER_GIB = 2**30
BYTES_PER_GB = 10**9
FLOP_PER_TFLOP = 10**12
BITS_PER_BYTE = 8
MS_PER_S = 1000.0
S_PER_MS = 1 / MS_PER_S
SECONDS_PER_MINUTE = 60.0
SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0
HOURS_PER_WEEK = 168.0
HOURS_PER_YEAR = 8766.0
"""Hours of the mean Gregorian-Julian year, 365.25 days."""
HOURS_PER_COMMON_YEAR = 8760.0
"""Hours of 365 days, the year of price lists and of the production-frontier paper's hourly cost."""
HOURS_PER_MONTH = HOURS_PER_YEAR / 12
WATT_PER_KW = 1000.0
TOKENS_PER_MTOK = 10**6
PARAMETERS_PER_BILLION = 10**9
KG_PER_TONNE = 1000.0
CENTS_PER_USD = 100.0
REQUESTS_PER_THOUSAND = 1000.0
"""Prices of requests are told by the thousand."""
BYTES_PER_TOKEN_TEXT = 4.0
"""Bytes of UTF-8 text per token on the wire: about four characters of English (OpenAI tokenizer page, read 2026-11)."""
KM_PER_S_IN_FIBRE = 204_190.0
"""Speed of light in vacuum over the group index 1.4682 of standard single-mode fibre at 1550 nm (ITU-T G.652 class)."""
EARTH_RADIUS_KM = 6371.0
