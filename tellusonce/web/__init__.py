"""Pages for people: citizens, registrars, advisers, recipients' officers, operators, and whoever passes by."""
