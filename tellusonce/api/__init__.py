"""The service over REST: thin doors that say who may ask, read what is sent, and answer in plain words."""
