"""A differential fuzz of our JSONata against npm `jsonata@2.0.6`; run by hand, see README.md."""
