-- Every line of the files, typed and judged; `is_good` decides where it goes. Lines of other than nine fields are with
-- the reader's rejects.
CREATE TABLE judged AS
WITH trimmed AS (
    SELECT trim(event_time) AS event_time, lower(trim(event_type)) AS event_type, trim(product_id) AS product_id,
        trim(category_id) AS category_id,
        lower(trim(category_code)) AS category_code, lower(trim(brand)) AS brand, trim(price) AS price,
        trim(user_id) AS user_id,
        trim(user_session) AS user_session, filename
    FROM read_csv(getvariable('input'), header = true, all_varchar = true, quote = '', delim = ',', filename = true,
        store_rejects = true, max_line_size = 1000000)
),
typed AS (
    SELECT CASE WHEN event_time[5] = '-' THEN try_cast(replace(event_time, ' UTC', '') AS TIMESTAMP) END AS event_time,
        event_type,
        CASE WHEN regexp_full_match(product_id, '\d{1,19}') THEN try_cast(product_id AS BIGINT) END AS product_id,
        CASE WHEN regexp_full_match(category_id, '\d{1,19}') THEN try_cast(category_id AS BIGINT) END AS category_id,
        coalesce(category_id, '') <> '' AS has_category_id,
        nullif(category_code, '') AS category_code, nullif(brand, '') AS brand,
        CASE WHEN regexp_full_match(price, '[\d.]+') THEN try_cast(price AS DECIMAL(18, 2)) END AS price,
        CASE WHEN regexp_full_match(user_id, '\d{1,19}') THEN try_cast(user_id AS BIGINT) END AS user_id,
        nullif(user_session, '') AS user_session, filename
    FROM trimmed
)
SELECT *, coalesce(
    event_time BETWEEN TIMESTAMP '2000-01-01' AND getvariable('clock') + INTERVAL 5 MINUTES
        AND event_type IN ('view', 'cart', 'remove_from_cart', 'purchase')
    AND product_id IS NOT NULL AND (category_id IS NOT NULL OR NOT has_category_id) AND price IS NOT NULL
        AND user_id IS NOT NULL
    AND NOT contains(coalesce(brand, ''), '"'), false) AS is_good
FROM typed;

CREATE TABLE clean_events AS
SELECT event_time, event_type, product_id, category_id, category_code, brand, price, user_id, user_session,
    min(filename) AS source_file, 'bench' AS run_id, CAST(event_time AS DATE) AS day
FROM judged WHERE is_good
GROUP BY ALL;

CREATE TABLE rejected_events AS
SELECT concat_ws(',', event_time, event_type, product_id, category_id, category_code, brand, price, user_id,
    user_session) AS raw_line, filename AS source_file, 'bench' AS run_id,
    CAST(getvariable('clock') AS DATE) AS received_on,
    list_filter([
        CASE WHEN contains(coalesce(brand, ''), '"') THEN 'truncated_or_malformed' END,
        CASE WHEN event_time IS NULL THEN 'unparsable_time' WHEN event_time > getvariable('clock') THEN 'future'
            WHEN event_time < TIMESTAMP '2000-01-01' THEN 'too_old' END,
        CASE WHEN coalesce(event_type NOT IN ('view', 'cart', 'remove_from_cart', 'purchase'), true)
            THEN 'unknown_event_type' END,
        CASE WHEN product_id IS NULL THEN 'bad_product_id' END,
        CASE WHEN has_category_id AND category_id IS NULL THEN 'bad_category_id' END,
        CASE WHEN price IS NULL THEN 'bad_price' END,
        CASE WHEN user_id IS NULL THEN 'bad_user_id' END
    ], lambda problem: problem IS NOT NULL) AS problems
FROM judged WHERE NOT is_good
UNION ALL
SELECT any_value(csv_line), file_path, 'bench', CAST(getvariable('clock') AS DATE),
    [CASE WHEN bool_or(error_type = 'INVALID ENCODING') THEN 'encoding' ELSE 'truncated_or_malformed' END]
FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY file_path, line;
