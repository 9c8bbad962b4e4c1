SELECT '{bi}.quarantine has ' || toString(shown) || ' rows, ' || toString(without_rule) || ' of them without a rule, and '
    || toString(kept) || ' are in quarantine: each must be shown once, with the rules it broke' AS sentence
FROM
(
    SELECT
        (SELECT count() FROM {bi}.quarantine) AS shown, (SELECT countIf(empty(rules)) FROM {bi}.quarantine) AS without_rule,
        (SELECT count() FROM {database}.quarantine) AS kept
)
WHERE shown != kept OR without_rule > 0
