"""The catalogue: organisations, recipients, agreements and areas, as reviewed YAML files that become database rows."""
