"""A process that plays recipients over REST, SOAP and our inbox, well or badly on purpose, and keeps books."""
