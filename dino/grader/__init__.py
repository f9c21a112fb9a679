"""A grader: it reads reports, trains their recipes again, and says which figures hold."""
