CREATE MACRO wilson_mid(m, n) AS (m / n + 1.959963984540054 ** 2 / (2 * n));
CREATE MACRO wilson_reach(m, n) AS (
    1.959963984540054 * sqrt(m / n * (1 - m / n) / n + 1.959963984540054 ** 2 / (4.0 * n * n)));
CREATE MACRO wilson_low(m, n) AS (CASE WHEN n > 0 THEN
    CASE WHEN m = 0 THEN 0.0 ELSE (wilson_mid(m, n) - wilson_reach(m, n)) / (1 + 1.959963984540054 ** 2 / n) END END);
CREATE MACRO wilson_high(m, n) AS (CASE WHEN n > 0 THEN
    CASE WHEN m = n THEN 1.0 ELSE (wilson_mid(m, n) + wilson_reach(m, n)) / (1 + 1.959963984540054 ** 2 / n) END END);
CREATE MACRO pooled_z(a, n1, b, n0) AS (CASE WHEN n1 > 0 AND n0 > 0 AND a + b BETWEEN 1 AND n1 + n0 - 1
    THEN (a / n1 - b / n0) / sqrt((a + b) / (n1 + n0) * (1 - (a + b) / (n1 + n0)) * (1 / n1 + 1 / n0)) END);
CREATE MACRO least_expected(a, n1, b, n0) AS (CASE WHEN n1 + n0 > 0
    THEN least(n1, n0) * least(a + b, n1 + n0 - a - b) / (n1 + n0) END);
-- The fit of erfc in Press et al., Numerical Recipes, 6.2.
CREATE MACRO erfc_fit(x, t) AS (t * exp(-x * x - 1.26551223
    + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807
    + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))))));
CREATE MACRO two_sided_p(z) AS (least(1.0, erfc_fit(abs(z) / sqrt(2), 1 / (1 + abs(z) / sqrt(2) / 2))));
-- Benjamini and Hochberg, among all rows of the query that have a p.
CREATE MACRO raised(p) AS (p * count(p) OVER () / row_number() OVER (ORDER BY p NULLS LAST));
CREATE MACRO adjusted(p, raised) AS (CASE WHEN p IS NOT NULL
    THEN greatest(p, least(1, min(raised) OVER (ORDER BY p DESC NULLS FIRST))) END);
CREATE MACRO is_below(q, z) AS (CASE WHEN q IS NOT NULL THEN q <= 0.05 AND z < 0 END);
CREATE MACRO flagged(insufficient, checkout, consideration, awareness) AS ({
    'insufficient_data': insufficient, 'checkout_gap': checkout, 'consideration_gap': consideration,
    'awareness_gap': awareness,
    'primary_class': CASE WHEN insufficient THEN 'insufficient_data' WHEN checkout THEN 'checkout_gap'
        WHEN consideration THEN 'consideration_gap' WHEN awareness THEN 'awareness_gap' ELSE 'healthy' END});
CREATE MACRO classified(v2c_q, v2c_z, c2p_q, c2p_z, v2p_q, v2p_z, exposure) AS (flagged(
    coalesce(v2c_q, c2p_q, v2p_q) IS NULL,
    CASE WHEN c2p_q IS NOT NULL THEN is_below(c2p_q, c2p_z) AND NOT coalesce(is_below(v2c_q, v2c_z), false) END,
    is_below(v2c_q, v2c_z),
    CASE WHEN v2p_q IS NOT NULL THEN exposure < 0.8 AND NOT is_below(v2p_q, v2p_z) END));
CREATE MACRO mantel_haenszel(a, n1, b, n0) AS (
    CASE WHEN n1 + n0 >= 2 AND n1 > 0 AND n0 > 0 AND a + b BETWEEN 1 AND n1 + n0 - 1 THEN
    {'excess': a - n1 * (a + b) / (n1 + n0),
    'variance': n1 / (n1 + n0) * n0 / (n1 + n0) * (a + b) * (n1 + n0 - a - b) / (n1 + n0 - 1),
    'done': n1 * (a + b) / (n1 + n0), 'missed': n1 - n1 * (a + b) / (n1 + n0),
    'others_done': a + b - n1 * (a + b) / (n1 + n0),
    'others_missed': n0 - (a + b) + n1 * (a + b) / (n1 + n0)} END);
