"""What we were told, whom we may tell, and how far the telling has got."""
