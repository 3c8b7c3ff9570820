"""The desk of an adviser: tell for somebody on the telephone, on one page, and note who got in touch."""
