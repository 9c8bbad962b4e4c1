"""Reading what people write: files and variables, refused with the place and the next step where they are unclear."""
