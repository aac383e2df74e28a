-- Visitors per week: new, retained, resurrected, churned
-- Visitors of the week are above the line; visitors of the previous week who did not return are below it; at most the last 53 weeks. Pale: the week is incomplete, and its churned visitors are not shown.
CREATE OR REPLACE VIEW ecommerce.report_lifecycle AS
SELECT
  week,
  state,
  visitors,
  partial
FROM ecommerce.visitor_lifecycle AS visitor_lifecycle
WHERE
  week > (
    SELECT
      DATE_ADD('DAY', -371, CAST(CAST(MAX(week) AS TIMESTAMP) AS DATE))
    FROM ecommerce.visitor_lifecycle AS visitor_lifecycle
  )
ORDER BY
  week NULLS FIRST,
  state NULLS FIRST
