"""Where data come from: public data sets, their checksums, and live services."""
