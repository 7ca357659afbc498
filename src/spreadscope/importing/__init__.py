"""The import of files into the store: recognised by content, checked row by row; every rejected row is reported."""
