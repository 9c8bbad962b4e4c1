-- A load attaches equal parts every few seconds. Merged in fives, as is the default, rows are written twice before the merge
-- of their whole partition ten minutes later (min_age_to_force_merge_seconds): 1.2 of the 24 CPU seconds that two million
-- rows take. Until then a query over whole partitions takes up to twice its CPU time.
ALTER TABLE {database}.open_interest_observations MODIFY SETTING merge_selector_base = 10;

ALTER TABLE {database}.open_interest_current MODIFY SETTING merge_selector_base = 10;

ALTER TABLE {database}.open_interest_day_rows MODIFY SETTING merge_selector_base = 10;
