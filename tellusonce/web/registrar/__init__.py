"""The desk of a registrar: register, hand over, search, import. Searching and a report's page are advisers' too."""
