"""The service over SOAP, for those who speak only that."""
