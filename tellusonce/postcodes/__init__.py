"""Which councils a postcode lies in: the directory of the Office for National Statistics, replaced as a whole."""
