"""From what is wanted to what is stored: the five steps, and the workflows made of them."""
