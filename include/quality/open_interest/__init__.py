"""What the rules know of open interest alone: the fields of a row, what is measured on them, and the rules on both.

The rest of `quality` serves any dataset of rows with a timestamp, symbol, source and interval. The next dataset is a
folder of the same three modules beside this one.
"""
