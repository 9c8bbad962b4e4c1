ALTER TABLE market.open_interest_observations_local ON CLUSTER main MODIFY SETTING merge_selector_base = 10;

ALTER TABLE market.open_interest_current_local ON CLUSTER main MODIFY SETTING merge_selector_base = 10;

ALTER TABLE market.open_interest_day_rows_local ON CLUSTER main MODIFY SETTING merge_selector_base = 10;

