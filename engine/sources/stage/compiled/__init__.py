"""The stage painted by one compiled loop over the rows of the picture."""
