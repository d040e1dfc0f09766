"""What delivers pictures: a built-in stage, files, cameras, NDI."""
