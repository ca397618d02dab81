"""One file for each real registry, and the archives that they hand out."""
