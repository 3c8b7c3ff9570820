"""The pages of whoever tells: start, tell, choose, agree, and follow."""
