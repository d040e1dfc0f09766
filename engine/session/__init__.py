"""Sessions: a show is recorded by what was committed at each chunk boundary, and played again without a clock."""
