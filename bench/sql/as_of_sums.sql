-- Rows and hundredths as they were known at a moment: from the view, for all rows at once.
SELECT count(), sum(toInt64(round(open_interest * 100)))
FROM bi.open_interest_as_of(moment = {moment:DateTime('UTC')})
